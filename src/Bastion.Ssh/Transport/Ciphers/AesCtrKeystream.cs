using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// RFC 4344 section 4: AES in counter mode, as ECB over a run of counter blocks and a vector XOR, because the BCL has
/// no counter mode. The stream goes on from packet to packet; every call takes whole blocks.
/// </summary>
internal sealed class AesCtrKeystream : IDisposable
{
    private const int BlockBytes = 16;

    /// <summary>Counter blocks for one native call: enough to hide its cost, small enough for the first-level
    /// cache.</summary>
    private const int RunBytes = 8 * 1024;

    [ThreadStatic]
    private static byte[]? _counters;

    [ThreadStatic]
    private static byte[]? _keystream;

    private readonly Aes _aes;
    private readonly ICryptoTransform _encryptor;
    private UInt128 _counter;

    public AesCtrKeystream(ReadOnlySpan<byte> key, ReadOnlySpan<byte> iv)
    {
        _aes = Aes.Create();
        _aes.Mode = CipherMode.ECB;
        _aes.Padding = PaddingMode.None;
        _aes.SetKey(key);
        _encryptor = _aes.CreateEncryptor();
        _counter = BinaryPrimitives.ReadUInt128BigEndian(iv);
    }

    /// <summary>XORs the next bytes of the stream; source and destination are the same memory or apart.</summary>
    public void Apply(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        byte[] counters = _counters ??= GC.AllocateUninitializedArray<byte>(RunBytes);
        byte[] keystream = _keystream ??= GC.AllocateUninitializedArray<byte>(RunBytes);
        while (!source.IsEmpty)
        {
            int run = Math.Min(source.Length, RunBytes);
            FillCounters(counters.AsSpan(0, run));
            _encryptor.TransformBlock(counters, 0, run, keystream, 0);
            Xor(source[..run], keystream, destination);
            source = source[run..];
            destination = destination[run..];
        }
    }

    public void Dispose()
    {
        _encryptor.Dispose();
        _aes.Dispose();
    }

    private void FillCounters(Span<byte> blocks)
    {
        Span<ulong> halves = MemoryMarshal.Cast<byte, ulong>(blocks);
        ulong high = (ulong)(_counter >> 64);
        ulong low = (ulong)_counter;
        for (int i = 0; i + 1 < halves.Length; i += 2)
        {
            halves[i] = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(high) : high;
            halves[i + 1] = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(low) : low;
            if (unchecked(++low) == 0)
            {
                unchecked
                {
                    high++;
                }
            }
        }

        _counter = new UInt128(high, low);
    }

    private static void Xor(ReadOnlySpan<byte> source, ReadOnlySpan<byte> keystream, Span<byte> destination)
    {
        int i = 0;
        for (; i + Vector<byte>.Count <= source.Length; i += Vector<byte>.Count)
        {
            (new Vector<byte>(source[i..]) ^ new Vector<byte>(keystream[i..])).CopyTo(destination[i..]);
        }

        for (; i < source.Length; i++)
        {
            destination[i] = (byte)(source[i] ^ keystream[i]);
        }
    }
}
