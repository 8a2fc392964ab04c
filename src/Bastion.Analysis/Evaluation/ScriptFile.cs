namespace Bastion.Analysis.Evaluation;

/// <summary>A script of the target while it is evaluated: spans count in its text meanwhile.</summary>
/// <param name="Outer">Where the analysed text, or the script that calls it, names it.</param>
internal sealed record ScriptFile(string Path, string Content, TextSpan Outer, ScriptFile? Caller)
{
    /// <summary>A longer line is cut: it is shown, not run.</summary>
    private const int MaximumShown = 200;

    /// <summary>Scripts that call scripts: a chain of more is not followed.</summary>
    public const int MaximumDepth = 4;

    public int Depth => (Caller?.Depth ?? 0) + 1;

    /// <summary>The place in the analysed text by which all of this came to run.</summary>
    public TextSpan Root => Caller?.Root ?? Outer;

    public ScriptLine LineAt(int position)
    {
        int at = Math.Clamp(position, 0, Content.Length);
        int number = Content.AsSpan(0, at).Count('\n') + 1;
        int start = at == 0 ? 0 : Content.LastIndexOf('\n', at - 1) + 1;
        int end = Content.IndexOf('\n', at);
        string line = Content[start..(end < 0 ? Content.Length : end)].Trim();
        return new ScriptLine(Path, number, line.Length > MaximumShown ? line[..MaximumShown] + "…" : line);
    }
}
