using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bastion.Audit.Notes;

/// <summary>What a signature in a note is over (C2SP signed-note, tlog-cosignature). The values are those of the
/// specification.</summary>
public enum NoteKeyType : byte
{
    /// <summary>Ed25519 over the note's text.</summary>
    Ed25519 = 0x01,

    /// <summary>Ed25519 over a time and a checkpoint: a witness.</summary>
    Cosignature = 0x04,
}

/// <summary>A named public key in the C2SP form `name+hhhhhhhh+base64(type ‖ key)`.</summary>
public sealed class NoteVerifierKey : IEquatable<NoteVerifierKey>
{
    public const int KeyBytes = 32;

    public const int SignatureBytes = 64;

    private readonly byte[] _key;

    public NoteVerifierKey(string name, ReadOnlySpan<byte> publicKey, NoteKeyType type = NoteKeyType.Ed25519)
    {
        if (!IsName(name))
        {
            throw new ArgumentException($"`{name}` is no key name: not empty, no spaces, no `+`", nameof(name));
        }

        if (publicKey.Length != KeyBytes)
        {
            throw new ArgumentException($"an Ed25519 public key has {KeyBytes} bytes, not {publicKey.Length}",
                nameof(publicKey));
        }

        Name = name;
        Type = type;
        _key = publicKey.ToArray();
        Id = ComputeId(name, type, _key);
    }

    public string Name { get; }

    public NoteKeyType Type { get; }

    /// <summary>The first four bytes of SHA-256(name ‖ 0x0A ‖ type ‖ key), big-endian. It tells keys apart; it secures
    /// nothing.</summary>
    public uint Id { get; }

    public ReadOnlySpan<byte> PublicKey => _key;

    /// <summary>The Ed25519 check alone.</summary>
    public bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        signature.Length == SignatureBytes
        && Ed25519.Verify(signature.ToArray(), 0, _key, 0, message.ToArray(), 0, message.Length);

    public override string ToString()
    {
        byte[] typed = [(byte)Type, .. _key];
        return string.Create(CultureInfo.InvariantCulture, $"{Name}+{Id:x8}+{Convert.ToBase64String(typed)}");
    }

    public static bool TryParse(string text, [NotNullWhen(true)] out NoteVerifierKey? parsed)
    {
        parsed = null;
        // The base64 may hold `+`, the name may not.
        string[] pieces = text.Split('+', 3);
        byte[] typed = new byte[1 + KeyBytes];
        if (pieces.Length != 3 || !IsName(pieces[0])
            || !Convert.TryFromBase64String(pieces[2], typed, out int length) || length != typed.Length
            || !Enum.IsDefined((NoteKeyType)typed[0]))
        {
            return false;
        }

        var candidate = new NoteVerifierKey(pieces[0], typed.AsSpan(1), (NoteKeyType)typed[0]);
        // One spelling only: the identifier must fit, and base64 has no second form.
        parsed = candidate.ToString() == text ? candidate : null;
        return parsed is not null;
    }

    public bool Equals(NoteVerifierKey? other) =>
        other is not null && Name == other.Name && Type == other.Type && _key.AsSpan().SequenceEqual(other._key);

    public override bool Equals(object? obj) => Equals(obj as NoteVerifierKey);

    public override int GetHashCode() => HashCode.Combine(Name, Id);

    private static bool IsName(string name) =>
        name.Length > 0
        && !name.Any(character => char.IsWhiteSpace(character) || char.IsControl(character) || character == '+');

    private static uint ComputeId(string name, NoteKeyType type, byte[] key) =>
        BinaryPrimitives.ReadUInt32BigEndian(
        SHA256.HashData([.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)type, .. key]));
}
