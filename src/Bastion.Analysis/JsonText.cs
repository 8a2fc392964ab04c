using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Bastion.Analysis;

internal static class JsonText
{
    /// <summary>The text of a JSON string, also when it holds half a surrogate pair, which the library refuses: hostile
    /// text is what is to be judged here.</summary>
    public static string Of(JsonElement element)
    {
        try
        {
            return element.GetString() ?? "";
        }
        catch (InvalidOperationException) when (element.ValueKind == JsonValueKind.String)
        {
            return Decode(element.GetRawText().AsSpan()[1..^1]);
        }
    }

    private static string Decode(ReadOnlySpan<char> raw)
    {
        var text = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] != '\\' || i + 1 >= raw.Length)
            {
                text.Append(raw[i]);
                continue;
            }

            char escape = raw[++i];
            if (escape == 'u' && i + 4 <= raw.Length - 1)
            {
                text.Append(
                    (char)ushort.Parse(raw.Slice(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                text.Append(
                    escape switch { 'n' => '\n', 't' => '\t', 'r' => '\r', 'b' => '\b', 'f' => '\f', _ => escape });
            }
        }

        return text.ToString();
    }
}
