using System.Globalization;
using System.Text;

namespace Bastion.Control.Approvals;

/// <summary>
/// JSON with one spelling for each value (RFC 8785): members sorted, no white space, only what must be escaped is
/// escaped.
/// Knows strings, whole numbers, truth values, null, lists and sorted dictionaries, which is all a statement holds.
/// </summary>
internal static class CanonicalJson
{
    public static string Write(object? value)
    {
        var text = new StringBuilder();
        Write(text, value);
        return text.ToString();
    }

    private static void Write(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case long or int:
                text.Append(Convert.ToString(value, CultureInfo.InvariantCulture));
                break;
            case string characters:
                WriteString(text, characters);
                break;
            case SortedDictionary<string, object?> members:
                WriteMembers(text, members);
                break;
            case IEnumerable<object?> items:
                WriteItems(text, items);
                break;
            default:
                throw new ArgumentException($"a statement cannot hold a {value.GetType().Name}", nameof(value));
        }
    }

    private static void WriteMembers(StringBuilder text, SortedDictionary<string, object?> members)
    {
        char separator = '{';
        foreach ((string? name, object? member) in members)
        {
            text.Append(separator);
            WriteString(text, name);
            text.Append(':');
            Write(text, member);
            separator = ',';
        }

        text.Append(members.Count == 0 ? "{}" : "}");
    }

    private static void WriteItems(StringBuilder text, IEnumerable<object?> items)
    {
        text.Append('[');
        bool first = true;
        foreach (object? item in items)
        {
            if (!first)
            {
                text.Append(',');
            }

            Write(text, item);
            first = false;
        }

        text.Append(']');
    }

    private static void WriteString(StringBuilder text, string characters)
    {
        text.Append('"');
        foreach (char character in characters)
        {
            _ = character switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\b' => text.Append("\\b"),
                '\t' => text.Append("\\t"),
                '\n' => text.Append("\\n"),
                '\f' => text.Append("\\f"),
                '\r' => text.Append("\\r"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}"),
                _ => text.Append(character),
            };
        }

        text.Append('"');
    }
}
