using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;

namespace Bastion.Text.Canonical;

/// <summary>
/// Strings in the form of RFC 8785 section 3.2.2.2: `"`, `\` and the controls below U+0020 escaped, all else as UTF-8.
/// A line feed is always escaped, so one record is one line whatever a peer sends.
/// </summary>
public static class CanonicalText
{
    private static readonly SearchValues<byte> MustEscape = SearchValues.Create(
        [.. Enumerable.Range(0, 0x20).Select(value => (byte)value), (byte)'"', (byte)'\\']);

    /// <summary>Writes a quoted string. <paramref name="utf8"/> must be valid UTF-8.</summary>
    public static void WriteString(PooledBuffer output, ReadOnlySpan<byte> utf8)
    {
        output.Append((byte)'"');
        WriteEscaped(output, utf8);
        output.Append((byte)'"');
    }

    public static void WriteEscaped(PooledBuffer output, ReadOnlySpan<byte> utf8)
    {
        while (true)
        {
            int plain = utf8.IndexOfAny(MustEscape);
            if (plain < 0)
            {
                output.Append(utf8);
                return;
            }

            output.Append(utf8[..plain]);
            WriteEscape(output, utf8[plain]);
            utf8 = utf8[(plain + 1)..];
        }
    }

    /// <summary>
    /// Writes text from anywhere so that it takes at most about <paramref name="limit"/> bytes: a string when it is
    /// valid UTF-8 and short enough; else an object with `base64` for bytes that are not UTF-8, and `head`, `bytes`,
    /// `sha256` for text that is cut. The digest and length are of the whole.
    /// </summary>
    public static void WriteBounded(PooledBuffer output, ReadOnlySpan<byte> bytes, int limit)
    {
        if (Utf8.IsValid(bytes))
        {
            int fits = PrefixThatFits(bytes, limit);
            if (fits == bytes.Length)
            {
                WriteString(output, bytes);
                return;
            }

            WriteCutMembers(output, bytes, "{\"bytes\":"u8);
            output.Append(",\"head\":"u8);
            WriteString(output, bytes[..fits]);
            WriteDigest(output, bytes);
            return;
        }

        int whole = Math.Min(bytes.Length, limit / 4 * 3);
        output.Append("{\"base64\":\""u8);
        WriteBase64(output, bytes[..whole]);
        output.Append((byte)'"');
        if (whole == bytes.Length)
        {
            output.Append((byte)'}');
            return;
        }

        WriteCutMembers(output, bytes, ",\"bytes\":"u8);
        WriteDigest(output, bytes);
    }

    /// <summary>The standard alphabet with padding (RFC 4648 section 4).</summary>
    public static void WriteBase64(PooledBuffer output, ReadOnlySpan<byte> bytes)
    {
        Span<byte> room = output.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, room, out _, out int written);
        output.Advance(written);
    }

    private static void WriteCutMembers(PooledBuffer output, ReadOnlySpan<byte> bytes, ReadOnlySpan<byte> opening)
    {
        output.Append(opening);
        output.AppendNumber(bytes.Length);
    }

    private static void WriteDigest(PooledBuffer output, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes, digest);
        output.Append(",\"sha256\":\""u8);
        Span<byte> room = output.GetSpan(digest.Length * 2);
        Convert.TryToHexStringLower(digest, room, out int written);
        output.Advance(written);
        output.Append("\"}"u8);
    }

    /// <summary>Length of the longest prefix of whole code points whose escaped form takes at most <paramref
    /// name="limit"/> bytes.</summary>
    private static int PrefixThatFits(ReadOnlySpan<byte> utf8, int limit)
    {
        if (utf8.Length <= limit / 6)
        {
            return utf8.Length;
        }

        int encoded = 0;
        int position = 0;
        while (position < utf8.Length)
        {
            Rune.DecodeFromUtf8(utf8[position..], out _, out int length);
            encoded += length > 1 ? length : EscapedLength(utf8[position]);
            if (encoded > limit)
            {
                return position;
            }

            position += length;
        }

        return position;
    }

    private static int EscapedLength(byte value) => value switch
    {
        (byte)'"' or (byte)'\\' or (byte)'\b' or (byte)'\t' or (byte)'\n' or (byte)'\f' or (byte)'\r' => 2,
        < 0x20 => 6,
        _ => 1,
    };

    private static void WriteEscape(PooledBuffer output, byte value)
    {
        switch (value)
        {
            case (byte)'"': output.Append("\\\""u8); return;
            case (byte)'\\': output.Append("\\\\"u8); return;
            case (byte)'\b': output.Append("\\b"u8); return;
            case (byte)'\t': output.Append("\\t"u8); return;
            case (byte)'\n': output.Append("\\n"u8); return;
            case (byte)'\f': output.Append("\\f"u8); return;
            case (byte)'\r': output.Append("\\r"u8); return;
            default:
                output.Append("\\u00"u8);
                output.Append((byte)(value >> 4 == 1 ? '1' : '0'));
                output.Append("0123456789abcdef"u8[value & 0xF]);
                return;
        }
    }
}
