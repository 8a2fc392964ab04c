using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Transport;

/// <summary>
/// Writes binary packets (RFC 4253 section 6) straight into the output's memory: one copy of the payload, then
/// encryption in place. Not safe for several callers; whoever holds the send turn uses it.
/// </summary>
internal sealed class PacketEncoder : IDisposable
{
    private const int MinimumPadding = 4;
    private const int RandomBytes = 1024;

    [ThreadStatic]
    private static byte[]? _random;

    [ThreadStatic]
    private static int _randomUsed;

    private PacketSealer _sealer = new PlainPacketSealer();

    /// <summary>The number of the next packet; wraps at 2^32 (RFC 4253 section 6.4).</summary>
    public uint Sequence { get; private set; }

    /// <summary>Bytes and packets sent under the present keys.</summary>
    public long Bytes { get; private set; }

    public long Packets { get; private set; }

    public void Encode(IBufferWriter<byte> output, ReadOnlySpan<byte> header, ReadOnlySpan<byte> body)
    {
        PacketSealer sealer = _sealer;
        int payload = header.Length + body.Length;
        int padded = (sealer.PadsLength ? 4 : 0) + 1 + payload;
        int padding = sealer.BlockSize - padded % sealer.BlockSize;
        if (padding < MinimumPadding)
        {
            padding += sealer.BlockSize;
        }

        int packetLength = 1 + payload + padding;
        int total = 4 + packetLength + sealer.TagLength;

        Span<byte> packet = output.GetSpan(total)[..total];
        BinaryPrimitives.WriteInt32BigEndian(packet, packetLength);
        packet[4] = (byte)padding;
        header.CopyTo(packet[5..]);
        body.CopyTo(packet[(5 + header.Length)..]);
        FillPadding(packet.Slice(5 + payload, padding));
        sealer.Seal(Sequence, packet);
        output.Advance(total);

        unchecked
        {
            Sequence++;
        }

        Bytes += total;
        Packets++;
    }

    /// <summary>Takes new keys into use after SSH_MSG_NEWKEYS went out; strict key exchange starts the numbers
    /// anew.</summary>
    public void ChangeKeys(PacketSealer sealer, bool resetSequence)
    {
        _sealer.Dispose();
        _sealer = sealer;
        Bytes = 0;
        Packets = 0;
        if (resetSequence)
        {
            Sequence = 0;
        }
    }

    public void Dispose() => _sealer.Dispose();

    /// <summary>RFC 4253 section 6 asks for random padding; drawn in runs, one system call for some hundred
    /// packets.</summary>
    private static void FillPadding(Span<byte> padding)
    {
        byte[] random = _random ??= GC.AllocateUninitializedArray<byte>(RandomBytes);
        if (_randomUsed == 0 || _randomUsed + padding.Length > RandomBytes)
        {
            RandomNumberGenerator.Fill(random);
            _randomUsed = 0;
        }

        random.AsSpan(_randomUsed, padding.Length).CopyTo(padding);
        _randomUsed += padding.Length;
    }
}
