using Bastion.Text.Canonical;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Bastion.Audit.Records;

namespace Bastion.Audit.Canonical;

/// <summary>How much of each text and list goes into a record; tightened until the whole fits.</summary>
internal readonly record struct FieldLimits(int TextBytes, int ListItems)
{
    /// <summary>
    /// Tried in order. The first holds nearly everything ever seen; the last bounds the worst record (an effect list
    /// whose every object is hostile) far below <see cref="RecordEncoder.MaximumRecordBytes"/>.
    /// </summary>
    public static readonly FieldLimits[] Ladder =
        [new(32 * 1024, 512), new(8 * 1024, 256), new(2 * 1024, 64), new(512, 16), new(64, 4)];
}

/// <summary>Writes the members of one JSON object in canonical form. Members that are null are left out.</summary>
internal sealed class RecordFields(PooledBuffer output, FieldLimits limits)
{
    // RFC 8785 inherits the numbers of IEEE 754 doubles: beyond 2^53 readers would disagree.
    private const long MaximumSafeInteger = (1L << 53) - 1;

    private string? _lastName;

    /// <summary>This attempt is lost already: digesting the rest of what a peer sent would only cost time.</summary>
    private bool Overflows => output.Length > RecordEncoder.MaximumRecordBytes;

    public void Text(string name, PeerText? value)
    {
        if (value is { } text && !Overflows)
        {
            Name(name);
            CanonicalText.WriteBounded(output, text.Bytes.Span, limits.TextBytes);
        }
    }

    /// <summary>A word of our own or an identifier: written as text is, so that nothing in it can hurt.</summary>
    public void Token(string name, string? value)
    {
        if (value is not null)
        {
            Text(name, PeerText.FromString(value));
        }
    }

    public void Token<TEnum>(string name, TEnum value)
        where TEnum : struct, Enum => Token(name, JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString()));

    public void Tokens(string name, IReadOnlyList<string>? values)
    {
        if (values is not null)
        {
            Texts(name, [.. values.Take(limits.ListItems + 1).Select(PeerText.FromString)], values.Count);
        }
    }

    public void Texts(string name, IReadOnlyList<PeerText>? values)
    {
        if (values is not null)
        {
            Texts(name, values, values.Count);
        }
    }

    public void Number(string name, long? value)
    {
        if (value is { } number)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(number), MaximumSafeInteger, name);
            Name(name);
            output.AppendNumber(number);
        }
    }

    public void Numbers(string name, IReadOnlyList<long>? values)
    {
        if (values is null)
        {
            return;
        }

        Name(name);
        output.Append((byte)'[');
        for (int index = 0; index < values.Count && index < limits.ListItems; index++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(Math.Abs(values[index]), MaximumSafeInteger, name);
            Separate(index);
            output.AppendNumber(values[index]);
        }

        CloseList(values.Count);
    }

    public void Flag(string name, bool? value)
    {
        if (value is { } flag)
        {
            Name(name);
            output.Append(flag ? "true"u8 : "false"u8);
        }
    }

    public void Time(string name, DateTimeOffset value) => Token(name, Timestamp.Format(value));

    public void Objects<T>(string name, IReadOnlyList<T>? values, Action<RecordFields, T> write)
    {
        if (values is null)
        {
            return;
        }

        Name(name);
        output.Append((byte)'[');
        for (int index = 0; index < values.Count && index < limits.ListItems && !Overflows; index++)
        {
            Separate(index);
            output.Append((byte)'{');
            write(new RecordFields(output, limits), values[index]);
            output.Append((byte)'}');
        }

        CloseList(values.Count);
    }

    private void Texts(string name, IReadOnlyList<PeerText> values, int total)
    {
        Name(name);
        output.Append((byte)'[');
        for (int index = 0; index < values.Count && index < limits.ListItems && !Overflows; index++)
        {
            Separate(index);
            CanonicalText.WriteBounded(output, values[index].Bytes.Span, limits.TextBytes);
        }

        CloseList(total);
    }

    private void Separate(int index)
    {
        if (index > 0)
        {
            output.Append((byte)',');
        }
    }

    /// <summary>A list that was cut says so in its last element: `{"omitted":n}`.</summary>
    private void CloseList(int total)
    {
        if (total > limits.ListItems)
        {
            output.Append(",{\"omitted\":"u8);
            output.AppendNumber(total - limits.ListItems);
            output.Append((byte)'}');
        }

        output.Append((byte)']');
    }

    private void Name(string name)
    {
        // Canonical form sorts members; a record type that writes them out of order is a mistake in this assembly.
        if (_lastName is not null)
        {
            if (string.CompareOrdinal(_lastName, name) >= 0)
            {
                throw new InvalidOperationException($"member `{name}` must come before `{_lastName}`");
            }

            output.Append((byte)',');
        }

        _lastName = name;
        output.Append((byte)'"');
        output.Append(Encoding.UTF8.GetBytes(name));
        output.Append("\":"u8);
    }
}

/// <summary>RFC 3339 in UTC with exactly six decimals: text order is time order.</summary>
internal static class Timestamp
{
    private const string Pattern = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    public const int Length = 27;

    public static string Format(DateTimeOffset value) =>
        value.UtcDateTime.ToString(Pattern, CultureInfo.InvariantCulture);

    public static void Write(PooledBuffer output, DateTimeOffset value)
    {
        value.UtcDateTime.TryFormat(output.GetSpan(Length), out int written, Pattern, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>The form of <see cref="Write"/> and no other, read without making a string: every record has
    /// one.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out DateTimeOffset value)
    {
        value = default;
        if (text.Length != Length || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':'
            || text[16] != ':' || text[19] != '.' || text[26] != 'Z'
            || !Digits(text[..4], out int year) || !Digits(text[5..7], out int month)
            || !Digits(text[8..10], out int day)
            || !Digits(text[11..13], out int hour) || !Digits(text[14..16], out int minute)
            || !Digits(text[17..19], out int second)
            || !Digits(text[20..26], out int microseconds)
            || year == 0 || month is 0 or > 12 || day == 0 || day > DateTime.DaysInMonth(year, month) || hour > 23
            || minute > 59 || second > 59)
        {
            return false;
        }

        value = new DateTimeOffset(year, month, day, hour, minute, second,
            TimeSpan.Zero).AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
        return true;
    }

    private static bool Digits(ReadOnlySpan<byte> text, out int value)
    {
        value = 0;
        foreach (byte digit in text)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            value = (10 * value) + digit - '0';
        }

        return true;
    }
}
