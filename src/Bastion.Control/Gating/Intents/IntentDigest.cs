using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bastion.Control.Gating.Intents;

/// <summary>SHA-256 over everything that makes one intent differ from another. What is approved is this
/// value.</summary>
public readonly struct IntentDigest : IEquatable<IntentDigest>
{
    public const int Length = 32;

    private readonly byte[]? _bytes;

    private IntentDigest(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Bytes => _bytes;

    public bool Equals(IntentDigest other) =>
        _bytes is not null && other._bytes is not null && CryptographicOperations.FixedTimeEquals(_bytes, other._bytes);

    public override bool Equals(object? obj) => obj is IntentDigest other && Equals(other);

    public override int GetHashCode() => _bytes is null ? 0 : BinaryPrimitives.ReadInt32LittleEndian(_bytes);

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => _bytes is null ? "" : Convert.ToHexStringLower(_bytes);

    public static bool operator ==(IntentDigest left, IntentDigest right) => left.Equals(right);

    public static bool operator !=(IntentDigest left, IntentDigest right) => !left.Equals(right);

    /// <summary>
    /// Every field is preceded by its length, so no two intents share an encoding. The reason a person gave is left
    /// out: it changes what is thought of an act, not what the act is.
    /// </summary>
    internal static IntentDigest Of(Intent intent)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("bastion-intent-v2\0"u8);
        AppendField(hash, Encoding.ASCII.GetBytes(intent.Origin));
        AppendField(hash, [(byte)intent.Certainty, intent.StandardInputIsCode ? (byte)1 : (byte)0]);
        AppendField(hash, intent.Distinction);
        AppendField(hash, intent.Bytes.Span);
        AppendField(hash, Encoding.UTF8.GetBytes(intent.WorkingDirectory ?? ""));
        AppendField(hash, intent.WorkingDirectory is null ? [0] : [1]);
        return new IntentDigest(hash.GetHashAndReset());
    }

    private static void AppendField(IncrementalHash hash, ReadOnlySpan<byte> field)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, field.Length);
        hash.AppendData(length);
        hash.AppendData(field);
    }
}
