using System.Text.RegularExpressions;

namespace Bastion.Analysis.Terminal;

/// <summary>Collects the readings of one line, each once.</summary>
internal sealed partial class ReadingList
{
    /// <summary>More ways to read one line than ever arise.</summary>
    private const int MaximumReadings = 16;

    private readonly List<ObservedReading> _items = [];

    public IReadOnlyList<ObservedReading> Items => _items;

    public void AddShell(string text) => Add(text, ObservedLanguage.Shell);

    public void AddSql(string text) => Add(text, ObservedLanguage.Sql);

    public void AddPython(string text) => Add(text, ObservedLanguage.Python);

    /// <summary>
    /// The ways in which programs let a line out to a shell: `!cmd`, `:!cmd`, `:r !cmd`, `shell cmd`, `system cmd`,
    /// `\! cmd`, and for full-screen programs the same on the row of the cursor.
    /// </summary>
    public void AddEscapes(string line)
    {
        Match match = ShellEscape().Match(line);
        if (match.Success)
        {
            AddShell(match.Groups["command"].Value);
        }
    }

    /// <summary>A row of a terminal whose prompt is not known: whole, and behind anything that looks like a
    /// prompt.</summary>
    public void AddUncertain(string row)
    {
        AddShell(row.Trim());
        AddEscapes(row.TrimStart());
        if (Prompts.AfterPrompt(row) is { } rest)
        {
            AddShell(rest);
            AddEscapes(rest);
        }
    }

    /// <summary>
    /// A row of an editor or pager. Only what is a command of the program itself is read: people edit scripts, and the
    /// text in the window runs nothing.
    /// </summary>
    public void AddEditor(string row, bool nearBottom)
    {
        row = row.TrimStart();
        if (row.StartsWith(':'))
        {
            AddShell(row[1..]);
            AddEscapes(row);
        }
        else if (row.StartsWith('!'))
        {
            AddEscapes(row);
        }
        else if (nearBottom && row.LastIndexOf(": ", StringComparison.Ordinal) is var colon and >= 0)
        {
            AddShell(row[(colon + 2)..]);
        }
    }

    private void Add(string text, ObservedLanguage language)
    {
        var reading = new ObservedReading(text, language);
        if (!string.IsNullOrWhiteSpace(text) && _items.Count < MaximumReadings && !_items.Contains(reading))
        {
            _items.Add(reading);
        }
    }

    [GeneratedRegex(
        @"^(?::?\s*\S*\s*!+|:?\s*(?:shell|system|sh|\\!|os\.system|send-keys|run-shell|term(?:inal)?)\b!?)\s*(?<command>\S.*)$",
        RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ShellEscape();
}
