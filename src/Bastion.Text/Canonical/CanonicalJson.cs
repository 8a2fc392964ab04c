using System.Text;

namespace Bastion.Text.Canonical;

/// <summary>
/// JSON with one spelling for each value (RFC 8785): members sorted by UTF-16 units, no white space, only what must be
/// escaped is escaped. Knows strings, whole numbers, truth values, null, lists and dictionaries sorted by
/// <see cref="StringComparer.Ordinal"/>, which is all that anything signed here holds.
/// </summary>
public static class CanonicalJson
{
    public static string Write(object? value) => Encoding.UTF8.GetString(WriteBytes(value));

    public static byte[] WriteBytes(object? value)
    {
        using var output = new PooledBuffer();
        Write(output, value);
        return output.Written.ToArray();
    }

    private static void Write(PooledBuffer output, object? value)
    {
        switch (value)
        {
            case null:
                output.Append("null"u8);
                break;
            case bool truth:
                output.Append(truth ? "true"u8 : "false"u8);
                break;
            case int number:
                output.AppendNumber(number);
                break;
            case long number:
                output.AppendNumber(number);
                break;
            case string characters:
                CanonicalText.WriteString(output, Encoding.UTF8.GetBytes(characters));
                break;
            case SortedDictionary<string, object?> members:
                WriteMembers(output, members);
                break;
            case IEnumerable<object?> items:
                WriteItems(output, items);
                break;
            default:
                throw new ArgumentException($"canonical JSON cannot hold a {value.GetType().Name}", nameof(value));
        }
    }

    private static void WriteMembers(PooledBuffer output, SortedDictionary<string, object?> members)
    {
        output.Append((byte)'{');
        bool first = true;
        foreach ((string name, object? member) in members)
        {
            if (!first)
            {
                output.Append((byte)',');
            }

            CanonicalText.WriteString(output, Encoding.UTF8.GetBytes(name));
            output.Append((byte)':');
            Write(output, member);
            first = false;
        }

        output.Append((byte)'}');
    }

    private static void WriteItems(PooledBuffer output, IEnumerable<object?> items)
    {
        output.Append((byte)'[');
        bool first = true;
        foreach (object? item in items)
        {
            if (!first)
            {
                output.Append((byte)',');
            }

            Write(output, item);
            first = false;
        }

        output.Append((byte)']');
    }
}
