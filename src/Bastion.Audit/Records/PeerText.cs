using System.Security.Cryptography;
using System.Text;

namespace Bastion.Audit.Records;

/// <summary>
/// Bytes that a peer chose: user names, paths, commands, version strings. They enter a record as they are, whatever
/// they hold; the canonical form keeps them on one line and keeps invalid UTF-8 exact. Never used as a path or as
/// markup.
/// </summary>
public readonly struct PeerText(ReadOnlyMemory<byte> bytes) : IEquatable<PeerText>
{
    public ReadOnlyMemory<byte> Bytes { get; } = bytes;

    public bool IsEmpty => Bytes.IsEmpty;

    /// <summary>SHA-256 of the exact bytes, 64 lower-case hexadecimal digits.</summary>
    public string Sha256Hex() => Convert.ToHexStringLower(SHA256.HashData(Bytes.Span));

    /// <summary>A lone surrogate has no UTF-8 form and becomes U+FFFD; where the bytes matter, hand over
    /// bytes.</summary>
    public static implicit operator PeerText(string text) => FromString(text);

    public static implicit operator PeerText(byte[] bytes) => new(bytes);

    public static implicit operator PeerText(ReadOnlyMemory<byte> bytes) => new(bytes);

    public static PeerText FromString(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return new PeerText(Encoding.UTF8.GetBytes(text));
    }

    public bool Equals(PeerText other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => obj is PeerText other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(Bytes.Span);
        return hash.ToHashCode();
    }

    /// <summary>For people: invalid UTF-8 shown as U+FFFD. Not escaped.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Bytes.Span);

    public static bool operator ==(PeerText left, PeerText right) => left.Equals(right);

    public static bool operator !=(PeerText left, PeerText right) => !left.Equals(right);
}
