using System.Buffers.Binary;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>
/// AES-CTR with an HMAC. Encrypt-then-MAC (the -etm@openssh.com names) leaves packet_length in clear and authenticates
/// what is on the wire; the older form encrypts everything and authenticates the plain packet.
/// </summary>
internal sealed class AesCtrPacketSealer(AesCtrKeystream keystream, PacketMac mac, bool encryptThenMac) : PacketSealer
{
    public override int BlockSize => 16;

    public override int TagLength => mac.TagLength;

    public override bool PadsLength => !encryptThenMac;

    public override void Seal(uint sequence, Span<byte> packet)
    {
        Span<byte> content = packet[..^mac.TagLength];
        Span<byte> tag = packet[^mac.TagLength..];
        if (encryptThenMac)
        {
            keystream.Apply(content[4..], content[4..]);
            mac.Compute(sequence, content, default, tag);
        }
        else
        {
            mac.Compute(sequence, content, default, tag);
            keystream.Apply(content, content);
        }
    }

    public override void Dispose()
    {
        keystream.Dispose();
        mac.Dispose();
    }
}

/// <summary>Opens packets of the -etm@openssh.com MACs: nothing is decrypted before the MAC was right.</summary>
internal sealed class AesCtrEtmPacketOpener(AesCtrKeystream keystream, PacketMac mac) : PacketOpener
{
    public override int BlockSize => 16;

    public override int TagLength => mac.TagLength;

    public override bool PadsLength => false;

    public override int HeadLength => 4;

    public override uint OpenLength(uint sequence, ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadUInt32BigEndian(head);

    public override bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body)
    {
        ReadOnlySpan<byte> content = packet[..^mac.TagLength];
        if (!mac.Verify(sequence, content, default, packet[^mac.TagLength..]))
        {
            return false;
        }

        keystream.Apply(content[4..], body);
        return true;
    }

    public override void Dispose()
    {
        keystream.Dispose();
        mac.Dispose();
    }
}

/// <summary>
/// Opens packets of the plain HMACs: packet_length is inside the first encrypted block, and the MAC is over the plain
/// packet, so decryption has to come first.
/// </summary>
internal sealed class AesCtrPacketOpener(AesCtrKeystream keystream, PacketMac mac) : PacketOpener
{
    private const int FirstBlock = 16;

    private readonly byte[] _first = new byte[FirstBlock];

    public override int BlockSize => FirstBlock;

    public override int TagLength => mac.TagLength;

    public override bool PadsLength => true;

    public override int HeadLength => FirstBlock;

    public override uint OpenLength(uint sequence, ReadOnlySpan<byte> head)
    {
        keystream.Apply(head, _first);
        return BinaryPrimitives.ReadUInt32BigEndian(_first);
    }

    public override bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body)
    {
        // The rest first: the body may lie over the packet, and what is copied last was already consumed.
        keystream.Apply(packet[FirstBlock..^mac.TagLength], body[(FirstBlock - 4)..]);
        _first.AsSpan(4).CopyTo(body);
        return mac.Verify(sequence, _first.AsSpan(0, 4), body, packet[^mac.TagLength..]);
    }

    public override void Dispose()
    {
        keystream.Dispose();
        mac.Dispose();
    }
}
