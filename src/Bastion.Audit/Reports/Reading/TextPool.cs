using System.Text;

namespace Bastion.Audit.Reports.Reading;

/// <summary>
/// Names come again and again in a journal: one string each, found by its bytes without making another. When it is full
/// new texts are simply made, so that peers who send ever new names cannot fill memory.
/// </summary>
internal sealed class TextPool
{
    private const int MaximumTexts = 64 * 1024;

    /// <summary>Commands and reasons are seldom the same; names are short.</summary>
    private const int MaximumPooledBytes = 128;

    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public TextPool() => _lookup = _texts.GetAlternateLookup<ReadOnlySpan<char>>();

    public string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > MaximumPooledBytes)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        Span<char> characters = stackalloc char[MaximumPooledBytes];
        ReadOnlySpan<char> text = characters[..Encoding.UTF8.GetChars(utf8, characters)];
        if (_lookup.TryGetValue(text, out string? known))
        {
            return known;
        }

        string made = new string(text);
        if (_texts.Count < MaximumTexts)
        {
            _texts.Add(made, made);
        }

        return made;
    }
}
