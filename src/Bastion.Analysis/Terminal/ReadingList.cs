using System.Text.RegularExpressions;

namespace Bastion.Analysis.Terminal;

/// <summary>Collects the readings of one line, each once.</summary>
internal sealed partial class ReadingList(bool fullScreen)
{
    /// <summary>More ways to read one line than ever arise.</summary>
    private const int MaximumReadings = 16;

    private readonly List<ObservedReading> _items = [];

    public IReadOnlyList<ObservedReading> Items => _items;

    public void AddShell(string text) => Add(text, ObservedLanguage.Shell);

    public void AddSql(string text) => Add(text, ObservedLanguage.Sql);

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

    /// <summary>
    /// A row whose prompt is not known: behind anything that looks like a prompt, and as an escape of a full-screen
    /// program. Text in an editor's window is not read as a command: people edit scripts.
    /// </summary>
    public void AddUncertain(string row)
    {
        AddEscapes(row.TrimStart());
        if (Prompts.AfterPrompt(row) is { } rest)
        {
            AddShell(rest);
            AddEscapes(rest);
        }
        if (!fullScreen)
        {
            AddShell(row.Trim());
        }
        else if (row.StartsWith(':'))
        {
            AddShell(row[1..]);
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
