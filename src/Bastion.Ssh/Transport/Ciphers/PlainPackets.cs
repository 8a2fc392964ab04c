using System.Buffers.Binary;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>RFC 4253 section 6: no encryption and no MAC until the first key exchange is done.</summary>
internal sealed class PlainPacketSealer : PacketSealer
{
    public override int BlockSize => 8;

    public override int TagLength => 0;

    public override bool PadsLength => true;

    public override void Seal(uint sequence, Span<byte> packet)
    {
    }

    public override void Dispose()
    {
    }
}

internal sealed class PlainPacketOpener : PacketOpener
{
    public override int BlockSize => 8;

    public override int TagLength => 0;

    public override bool PadsLength => true;

    public override int HeadLength => 4;

    public override uint OpenLength(uint sequence, ReadOnlySpan<byte> head) =>
        BinaryPrimitives.ReadUInt32BigEndian(head);

    public override bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body)
    {
        packet[4..].CopyTo(body);
        return true;
    }

    public override void Dispose()
    {
    }
}
