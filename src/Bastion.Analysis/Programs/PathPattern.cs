namespace Bastion.Analysis.Programs;

/// <summary>
/// A pattern of paths: <c>*</c> matches any text, <c>/</c> included, <c>?</c> one character, <c>\*</c> an asterisk;
/// <c>**/</c> in front stands for any directory, or none.
/// </summary>
internal readonly struct PathPattern
{
    private static readonly System.Buffers.SearchValues<char> Wild = System.Buffers.SearchValues.Create("*?\\");

    public PathPattern(string text)
    {
        IsAnywhere = text.StartsWith("**/", StringComparison.Ordinal);
        Text = IsAnywhere ? text[3..] : text;
        Literal = Text.Replace("\\*", "", StringComparison.Ordinal).AsSpan().ContainsAny(Wild)
            ? null
            : Text.Replace("\\*", "*", StringComparison.Ordinal);
    }

    public string Text { get; }

    /// <summary>In any directory: the text is the end of a path.</summary>
    public bool IsAnywhere { get; }

    /// <summary>The one text it matches (or ends with); null when it has wildcards.</summary>
    public string? Literal { get; }

    /// <summary>It begins at the root or at a home directory.</summary>
    public bool IsAnchored => !IsAnywhere && Text is ['/' or '~', ..];

    /// <summary>The text before the first wildcard.</summary>
    public string Prefix
    {
        get
        {
            int wild = Text.AsSpan().IndexOfAny(Wild);
            return wild < 0 ? Text : Text[..wild];
        }
    }

    /// <summary>The longest text that every path matching it contains: one search then rules out most
    /// patterns.</summary>
    public string LongestPiece => Text.Split('*', '?', '\\').MaxBy(piece => piece.Length)!;

    public bool IsMatch(ReadOnlySpan<char> path)
    {
        if (!IsAnywhere)
        {
            return Glob.MatchesEscaped(Text, path);
        }

        for (int from = 0; from >= 0 && from <= path.Length;)
        {
            if (Glob.MatchesEscaped(Text, path[from..]))
            {
                return true;
            }

            int slash = path[from..].IndexOf('/');
            from = slash < 0 ? -1 : from + slash + 1;
        }

        return false;
    }
}
