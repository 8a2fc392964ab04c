using Bastion.Text.Canonical;
using System.Buffers;
using System.Text;
using Bastion.Audit.Records;

namespace Bastion.Audit.Recordings;

/// <summary>Lines of asciicast v3: a header object, then `[interval, code, data]` with the interval since the event
/// before.</summary>
internal static class AsciicastEncoder
{
    private const int MicrosecondDigits = 6;

    private const long MicrosecondsPerSecond = 1_000_000;

    // Of a command or title in the header; the journal has it whole. In JSON it takes at most six times as much.
    private const int MaximumMemberBytes = 16 * 1024;

    private static ReadOnlySpan<byte> ReplacementCharacter => "\uFFFD"u8;

    public static void WriteHeader(PooledBuffer output, RecordingHeader header, DateTimeOffset startedAt)
    {
        output.Append("{\"version\":3,\"term\":{\"cols\":"u8);
        output.AppendNumber(header.Columns);
        output.Append(",\"rows\":"u8);
        output.AppendNumber(header.Rows);
        WriteMember(output, ",\"type\":"u8, header.TerminalType);
        output.Append("},\"timestamp\":"u8);
        output.AppendNumber(startedAt.ToUnixTimeSeconds());
        WriteMember(output, ",\"command\":"u8, header.Command);
        WriteMember(output, ",\"title\":"u8, header.Title);
        output.Append("}\n"u8);
    }

    public static void OpenEvent(PooledBuffer output, long intervalMicroseconds, byte code)
    {
        output.Append((byte)'[');
        output.AppendNumber(intervalMicroseconds / MicrosecondsPerSecond);
        output.Append((byte)'.');
        WriteFraction(output, intervalMicroseconds % MicrosecondsPerSecond);
        output.Append(",\""u8);
        output.Append(code);
        output.Append("\",\""u8);
    }

    public static void CloseEvent(PooledBuffer output) => output.Append("\"]\n"u8);

    /// <summary>
    /// Writes terminal bytes as JSON text. A character cut off at the end of the chunk is not written; its bytes are
    /// left for the next chunk. Bytes that are no UTF-8 become U+FFFD, as a terminal shows them.
    /// </summary>
    /// <returns>How many bytes at the end were not taken (0 to 3).</returns>
    public static int WriteData(PooledBuffer output, ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            int valid = ValidPrefix(data);
            CanonicalText.WriteEscaped(output, data[..valid]);
            data = data[valid..];
            if (data.IsEmpty)
            {
                return 0;
            }

            OperationStatus status = Rune.DecodeFromUtf8(data, out _, out int consumed);
            if (status == OperationStatus.NeedMoreData)
            {
                return data.Length;
            }

            output.Append(ReplacementCharacter);
            data = data[consumed..];
        }

        return 0;
    }

    private static int ValidPrefix(ReadOnlySpan<byte> data)
    {
        int invalid = System.Text.Unicode.Utf8.IsValid(data) ? data.Length : -1;
        if (invalid >= 0)
        {
            return invalid;
        }

        int position = 0;
        while (position < data.Length)
        {
            int ascii = data[position..].IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (ascii < 0)
            {
                return data.Length;
            }

            position += ascii;
            if (Rune.DecodeFromUtf8(data[position..], out _, out int length) != OperationStatus.Done)
            {
                return position;
            }

            position += length;
        }

        return position;
    }

    private static void WriteMember(PooledBuffer output, ReadOnlySpan<byte> name, PeerText? value)
    {
        if (value is not { IsEmpty: false } text)
        {
            return;
        }

        output.Append(name);
        output.Append((byte)'"');
        WriteData(output, text.Bytes.Span[..Math.Min(text.Bytes.Length, MaximumMemberBytes)]);
        output.Append((byte)'"');
    }

    private static void WriteFraction(PooledBuffer output, long microseconds)
    {
        Span<byte> digits = output.GetSpan(MicrosecondDigits);
        for (int index = MicrosecondDigits - 1; index >= 0; index--)
        {
            digits[index] = (byte)('0' + (microseconds % 10));
            microseconds /= 10;
        }

        output.Advance(MicrosecondDigits);
    }
}
