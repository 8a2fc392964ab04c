namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>Protects the packets of one direction under one set of keys (RFC 4253 section 6).</summary>
internal abstract class PacketSealer : IDisposable
{
    /// <summary>Packets are padded to a multiple of this (RFC 4253 section 6: at least 8).</summary>
    public abstract int BlockSize { get; }

    /// <summary>Bytes of MAC or authentication tag after each packet.</summary>
    public abstract int TagLength { get; }

    /// <summary>Whether the four bytes of packet_length count in that multiple: not where they stay outside
    /// encryption.</summary>
    public abstract bool PadsLength { get; }

    /// <summary>
    /// Encrypts and authenticates in place: <paramref name="packet"/> holds packet_length, padding_length, payload,
    /// padding, and room for the tag.
    /// </summary>
    public abstract void Seal(uint sequence, Span<byte> packet);

    public abstract void Dispose();
}

/// <summary>Checks and opens the packets of one direction under one set of keys.</summary>
internal abstract class PacketOpener : IDisposable
{
    public abstract int BlockSize { get; }

    public abstract int TagLength { get; }

    public abstract bool PadsLength { get; }

    /// <summary>Bytes that must have arrived before packet_length can be known.</summary>
    public abstract int HeadLength { get; }

    /// <summary>Returns packet_length. Called once per packet, before <see cref="TryOpen"/>; it is not yet
    /// authenticated.</summary>
    public abstract uint OpenLength(uint sequence, ReadOnlySpan<byte> head);

    /// <summary>
    /// Opens a whole packet, tag included, into <paramref name="body"/> (packet_length bytes: padding_length, payload,
    /// padding). The body may lie where the packet's encrypted part lies. False when the tag is wrong, and then
    /// nothing in the body may be looked at.
    /// </summary>
    public abstract bool TryOpen(uint sequence, ReadOnlySpan<byte> packet, Span<byte> body);

    public abstract void Dispose();
}
