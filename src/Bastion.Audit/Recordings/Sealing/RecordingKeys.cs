using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>
/// The key that recordings are locked with: who has only this can write them, not read them. As text
/// `bastion-recordings+hhhhhhhh+base64`, where the digits are the first four bytes of the key's SHA-256.
/// </summary>
public sealed class RecordingPublicKey
{
    internal const string Prefix = "bastion-recordings+";

    private readonly byte[] _key;

    internal RecordingPublicKey(byte[] key)
    {
        this._key = key;
        Id = Convert.ToHexStringLower(SHA256.HashData(key).AsSpan(0, 4));
    }

    /// <summary>Eight hexadecimal digits. They tell keys apart; they secure nothing.</summary>
    public string Id { get; }

    internal ReadOnlySpan<byte> Bytes => _key;

    public override string ToString() => $"{Prefix}{Id}+{Convert.ToBase64String(_key)}";

    public static bool TryParse(string text, [NotNullWhen(true)] out RecordingPublicKey? parsed)
    {
        parsed = RecordingKeyText.Decode(text, Prefix) is { } bytes ? new RecordingPublicKey(bytes) : null;
        parsed = parsed?.ToString() == text ? parsed : null;
        return parsed is not null;
    }
}

/// <summary>The other half: it opens every recording locked with its public key. As text
/// `PRIVATE+bastion-recordings+…`.</summary>
public sealed class RecordingPrivateKey
{
    private const string Prefix = "PRIVATE+" + RecordingPublicKey.Prefix;

    private readonly byte[] _key;

    private RecordingPrivateKey(byte[] key)
    {
        this._key = key;
        PublicKey = new RecordingPublicKey(Hpke.PublicKeyOf(key));
    }

    public RecordingPublicKey PublicKey { get; }

    internal ReadOnlySpan<byte> Bytes => _key;

    public static RecordingPrivateKey Generate() => new(Hpke.GeneratePrivateKey());

    /// <summary>The secret itself, for its file.</summary>
    internal string Export() => $"{Prefix}{PublicKey.Id}+{Convert.ToBase64String(_key)}";

    public static bool TryParse(string text, [NotNullWhen(true)] out RecordingPrivateKey? parsed)
    {
        parsed = RecordingKeyText.Decode(text, Prefix) is { } bytes ? new RecordingPrivateKey(bytes) : null;
        parsed = parsed?.Export() == text ? parsed : null;
        return parsed is not null;
    }
}

internal static class RecordingKeyText
{
    /// <summary>The 32 bytes of `PREFIXhhhhhhhh+base64`, or null. The caller compares the one spelling.</summary>
    public static byte[]? Decode(string text, string prefix)
    {
        string[] pieces = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..].Split('+', 2) : [];
        byte[] bytes = new byte[Hpke.KeyBytes];
        return pieces.Length == 2 && Convert.TryFromBase64String(pieces[1], bytes, out int length)
            && length == bytes.Length
            ? bytes
            : null;
    }
}
