using System.Text;

namespace Bastion.Audit.Reports.Reading;

/// <summary>
/// Names come again and again in a journal: one string each, found by its bytes without making another. When it is full
/// new texts are simply made, so that peers who send ever new names cannot fill memory.
/// </summary>
internal sealed class TextPool
{
    private const int MaxTexts = 64 * 1024;

    /// <summary>Commands and reasons are seldom the same; names are short.</summary>
    private const int MaxPooledBytes = 128;

    private readonly Dictionary<string, string> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> lookup;

    public TextPool() => lookup = texts.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaxPooledBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }
        Span<char> characters = stackalloc char[MaxPooledBytes];
        ReadOnlySpan<char> text = characters[..Encoding.UTF8.GetChars(utf8, characters)];
        if (lookup.TryGetValue(text, out string? known))
        {
            return known;
        }
        string made = new(text);
        if (texts.Count < MaxTexts)
        {
            texts.Add(made, made);
        }
        return made;
    }
}
