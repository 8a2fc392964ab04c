namespace Bastion.Analysis.Shell;

/// <summary>Short texts that a script says again and again — names, options, operators — become one string each. It
/// belongs to one reading, so that nothing of a text outlives it; a text that was pushed out of its place is merely
/// made once more.</summary>
internal sealed class TextPool(int textLength)
{
    private const int MaximumPooled = 32;

    /// <summary>A power of two. A short command repeats little, and must not pay for a table it does not use.</summary>
    private readonly string?[] _places = new string?[textLength < 1024 ? 8 : 512];

    public string Get(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > MaximumPooled)
        {
            return text.ToString();
        }

        int hash = (((((text[0] * 31) + text[text.Length / 2]) * 31) + text[^1]) * 31) + text.Length;
        ref string? place = ref _places[(hash ^ (hash >> 9)) & (_places.Length - 1)];
        return place is not null && text.SequenceEqual(place) ? place : place = text.ToString();
    }
}
