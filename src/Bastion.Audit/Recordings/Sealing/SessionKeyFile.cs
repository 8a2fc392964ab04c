using System.Security.Cryptography;
using System.Text;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>
/// The file `key` of a session's recordings: its data key, wrapped for the holder of the recording key. Whoever
/// destroys it destroys the recordings, and nothing else.
/// </summary>
/// <param name="Recipient">Identifier of the public key it is wrapped for.</param>
/// <param name="Encapsulated">32 bytes.</param>
/// <param name="Wrapped">32 bytes of key and 16 of tag.</param>
internal sealed record SessionKeyFile(string Recipient, byte[] Encapsulated, byte[] Wrapped)
{
    public const string Name = "key";

    public const int DataKeyBytes = 32;

    private const string Title = "bastion recording key v1";

    // Four lines; far more is no key.
    private const int MaximumBytes = 1024;

    private static ReadOnlySpan<byte> Info => "bastion recording key v1"u8;

    public static SessionKeyFile Wrap(RecordingPublicKey recipient, string session, ReadOnlySpan<byte> dataKey)
    {
        (byte[] encapsulated, byte[] wrapped) =
            Hpke.Seal(recipient.Bytes, Info, Encoding.ASCII.GetBytes(session), dataKey);
        return new SessionKeyFile(recipient.Id, encapsulated, wrapped);
    }

    /// <summary>The data key, or null when no key of the ring opens it for this session.</summary>
    public byte[]? Unwrap(RecordingKeyRing ring, string session) =>
        ring.Find(Recipient) is { } key
        && Hpke.Open(key.Bytes, Encapsulated, Info, Encoding.ASCII.GetBytes(session),
        Wrapped) is { Length: DataKeyBytes } dataKey
            ? dataKey
            : null;

    public byte[] Encode() => Encoding.ASCII.GetBytes(
        $"{Title}\n{Recipient}\n{Convert.ToBase64String(Encapsulated)}\n{Convert.ToBase64String(Wrapped)}\n");

    /// <summary>The file as it lies there; null when there is none.</summary>
    public static byte[]? ReadBytes(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
        {
            return null;
        }

        using IFile file = files.OpenRead(path);
        byte[] bytes = new byte[Math.Min(file.Length, MaximumBytes)];
        return bytes[..file.Read(bytes, 0)];
    }

    public static SessionKeyFile? Parse(ReadOnlySpan<byte> bytes)
    {
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n');
        if (lines is not [Title, { Length: 8 } recipient, var encapsulated, var wrapped, ""])
        {
            return null;
        }

        try
        {
            return new SessionKeyFile(recipient, Convert.FromBase64String(encapsulated),
                Convert.FromBase64String(wrapped));
        }
        catch (FormatException)
        {
            return null;
        }
    }

    public static string Sha256Hex(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
