using Bastion.Text.Canonical;
using System.Buffers.Binary;
using System.Security.Cryptography;
using ZstdSharp;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>Makes the frames of one part, in order.</summary>
internal sealed class PartCipher : IDisposable
{
    // Level 1: what flows through a terminal waits for it.
    private const int CompressionLevel = 1;

    // Shorter text does not get shorter: zstd's own head takes what it saves.
    private const int WorthCompressing = 128;

    // One a thread, not one a recording: a compressor holds some hundred kilobytes, an idle session should hold none.
    [ThreadStatic]
    private static Compressor? _compressor;

    private readonly AesGcm _cipher;
    private long _frame;

    public PartCipher(ReadOnlySpan<byte> dataKey, string part)
    {
        Salt = RandomNumberGenerator.GetBytes(PartFormat.SaltBytes);
        byte[] key = PartFormat.DeriveKey(dataKey, Salt, part);
        _cipher = new AesGcm(key, PartFormat.TagBytes);
        CryptographicOperations.ZeroMemory(key);
    }

    public byte[] Salt { get; }

    /// <summary>Appends one frame to <paramref name="output"/>.</summary>
    public void Write(PooledBuffer output, ReadOnlySpan<byte> text, bool last = false)
    {
        uint flags = last ? PartFormat.Last : 0;
        if (text.Length < WorthCompressing)
        {
            Encrypt(output, text, flags);
            return;
        }

        using var packed = new PooledBuffer();
        _compressor ??= new Compressor(CompressionLevel);
        // Room for one byte less than the text: what does not get shorter is kept as it is.
        if (_compressor.TryWrap(text, packed.GetSpan(text.Length)[..(text.Length - 1)], out int length))
        {
            packed.Advance(length);
            Encrypt(output, packed.Written, flags | PartFormat.Compressed);
        }
        else
        {
            Encrypt(output, text, flags);
        }
    }

    public void Dispose() => _cipher.Dispose();

    private void Encrypt(PooledBuffer output, ReadOnlySpan<byte> text, uint flags)
    {
        int length = PartFormat.FrameOverheadBytes + text.Length;
        Span<byte> span = output.GetSpan(length);
        Span<byte> head = span[..PartFormat.FrameHeadBytes];
        BinaryPrimitives.WriteUInt32BigEndian(head, flags | (uint)text.Length);
        Span<byte> nonce = stackalloc byte[PartFormat.NonceBytes];
        PartFormat.WriteNonce(nonce, _frame++);
        _cipher.Encrypt(
            nonce, text, span.Slice(PartFormat.FrameHeadBytes, text.Length),
            span.Slice(PartFormat.FrameHeadBytes + text.Length, PartFormat.TagBytes), head);
        output.Advance(length);
    }
}
