using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>What the bytes of a part on disk mean: a head, then frames, each encrypted and authenticated on its
/// own.</summary>
internal static class PartFormat
{
    public const int SaltBytes = 32;
    public const int HeadBytes = 8 + SaltBytes;
    public const int FrameHeadBytes = sizeof(uint);
    public const int TagBytes = 16;
    public const int NonceBytes = 12;

    /// <summary>What a frame adds to its text.</summary>
    public const int FrameOverheadBytes = FrameHeadBytes + TagBytes;

    /// <summary>No frame's text is longer; a reader refuses to unpack more.</summary>
    public const int MaximumTextBytes = 1024 * 1024;

    /// <summary>The text is compressed with zstd.</summary>
    public const uint Compressed = 1u << 31;

    /// <summary>Nothing follows: the part was closed in order. Its text is empty.</summary>
    public const uint Last = 1u << 30;

    private const uint LengthMask = (1u << 24) - 1;

    public static ReadOnlySpan<byte> Magic => "bastrec1"u8;

    /// <summary>A key for this part alone: a frame fits no other place.</summary>
    public static byte[] DeriveKey(ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> salt, string part)
    {
        byte[] key = new byte[SessionKeyFile.DataKeyBytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, dataKey, key, salt,
            Encoding.ASCII.GetBytes("bastion recording part v1\n" + part));
        return key;
    }

    /// <summary>Every frame of a part has a number, and no key is used for two parts: no nonce comes twice.</summary>
    public static void WriteNonce(Span<byte> nonce, long frame)
    {
        nonce.Clear();
        BinaryPrimitives.WriteInt64BigEndian(nonce[sizeof(uint)..], frame);
    }

    public static int LengthOf(uint frameHead) => (int)(frameHead & LengthMask);

    public static bool IsKnown(uint frameHead) =>
        (frameHead & ~(Compressed | Last | LengthMask)) == 0 && LengthOf(frameHead) <= MaximumTextBytes;
}
