using System.Globalization;
using System.Text;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.Syslog;

/// <summary>
/// A record as a syslog message (RFC 5424) in the frame of RFC 5425: its length in bytes, a space, the message. What a
/// receiver sorts by is structured data; the message itself is the record.
/// </summary>
internal static class SyslogMessage
{
    /// <summary>Log audit, RFC 5424 section 6.2.1.</summary>
    private const int Facility = 13;

    private const int Warning = 4;
    private const int Notice = 5;
    private const int Informational = 6;

    /// <summary>Of PARAM-VALUE, in characters: enough for a name, and receivers index these.</summary>
    private const int MaximumValueLength = 256;

    /// <summary>MSGID, RFC 5424 section 6.</summary>
    private const int MaximumMessageIdLength = 32;

    /// <summary>HOSTNAME, RFC 5424 section 6.</summary>
    private const int MaximumHostNameLength = 255;

    /// <summary>The number is the one that RFC 5612 keeps for documentation; the project has none of its own.</summary>
    private const string ElementId = "bastion@32473";

    private static readonly byte[] ByteOrderMark = [0xEF, 0xBB, 0xBF];

    private static readonly string[] Sorted =
        ["user", "approver", "target", "account", "source", "verdict", "risk", "outcome", "request", "action"];

    /// <param name="entry">The record.</param>
    /// <param name="id">Its name outside.</param>
    /// <param name="host">The gateway's host name.</param>
    /// <param name="maximum">In bytes, without the frame. A record that does not fit is cut and says so.</param>
    public static byte[] Frame(JournalEntry entry, string id, string host, int maximum)
    {
        var record = MaskedRecord.Of(entry);
        byte[] whole = Compose(entry, record, id, host, record.Json.Span, cut: false);
        if (whole.Length > maximum)
        {
            int overhead = whole.Length - record.Json.Length + 64;
            whole = Compose(entry, record, id, host, Beginning(record.Json.Span, Math.Max(0, maximum - overhead)),
                cut: true);
        }

        return [.. Encoding.ASCII.GetBytes(whole.Length.ToString(CultureInfo.InvariantCulture)), (byte)' ', .. whole];
    }

    private static byte[] Compose(JournalEntry entry, MaskedRecord record, string id, string host,
        ReadOnlySpan<byte> message, bool cut)
    {
        JsonElement data = record.Data;
        var header = new StringBuilder();
        header.Append(CultureInfo.InvariantCulture, $"<{(Facility * 8) + Severity(entry, data)}>1 ");
        header.Append(CultureInfo.InvariantCulture, $"{entry.At.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'} ");
        header.Append(Printable(host, MaximumHostNameLength)).Append(" bastion - ")
            .Append(Printable(entry.Kind, MaximumMessageIdLength)).Append(' ');
        header.Append('[').Append(ElementId);
        Parameter(header, "id", id);
        Parameter(header, "seq", entry.Sequence.ToString(CultureInfo.InvariantCulture));
        Parameter(header, "leaf", Convert.ToHexStringLower(entry.LeafHash.Span));
        Parameter(header, "session", entry.Session);
        foreach (string member in Sorted)
        {
            Parameter(header, member, RecordText.Of(data, member));
        }

        Parameter(header, "masked", record.IsMasked ? "1" : null);
        if (cut)
        {
            Parameter(header, "cutFrom", record.Json.Length.ToString(CultureInfo.InvariantCulture));
        }

        header.Append("] ");
        // MSG-UTF8 begins with a BOM; what is ASCII throughout is MSG-ANY as well, and many receivers show a BOM as
        // rubbish.
        return [.. Encoding.UTF8.GetBytes(header.ToString()), .. Ascii.IsValid(message)
            ? []
            : ByteOrderMark, .. message];
    }

    private static int Severity(JournalEntry entry, JsonElement data) =>
        EcsCategory.Of(entry.Kind, data).Outcome == "failure" ? Warning
        : entry.Kind.StartsWith("approval.", StringComparison.Ordinal) || entry.Kind == "command.decided" ? Notice
        : Informational;

    /// <summary>PARAM-VALUE, RFC 5424 section 6.3.3: three characters are escaped; what is not printable is written
    /// out.</summary>
    private static void Parameter(StringBuilder header, string name, string? value)
    {
        if (value is null)
        {
            return;
        }

        header.Append(' ').Append(name).Append("=\"");
        foreach (char character in VisibleText.Of(value, MaximumValueLength))
        {
            header.Append(character is '"' or '\\' or ']' ? "\\" : "").Append(character);
        }

        header.Append('"');
    }

    /// <summary>PRINTUSASCII; the nil value for nothing.</summary>
    private static string Printable(string text, int longest)
    {
        string kept = new string([.. text.Where(character => character is > ' ' and <= '~').Take(longest)]);
        return kept.Length == 0 ? "-" : kept;
    }

    /// <summary>At most so many bytes, no character torn apart.</summary>
    private static ReadOnlySpan<byte> Beginning(ReadOnlySpan<byte> text, int bytes)
    {
        int end = Math.Min(bytes, text.Length);
        while (end > 0 && end < text.Length && (text[end] & 0xC0) == 0x80)
        {
            end--;
        }

        return text[..end];
    }
}
