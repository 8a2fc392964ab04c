namespace Bastion.Analysis.Terminal;

/// <summary>
/// Reads the lines that are submitted at an interactive terminal from what the terminal shows and what was typed. It
/// does no I/O and keeps no clock: the owner feeds it both directions in order, forwards what it allows, waits for the
/// echo, asks for the line, and tells it what became of it.
/// It is an aid against mistakes. A program that draws something else than it reads can mislead it; such sessions are
/// the guard's business, and no text here calls it a boundary.
/// </summary>
/// <remarks>
/// Three sources are combined, because each alone is fooled: the text behind the place where the cursor stood when the
/// line began (fooled by redraws), the text behind the known prompt (fooled by a prompt that changes), and the keys
/// (fooled by history and completion). Output can add a reading; it can never take away that of the keys.
/// </remarks>
public sealed class ObservedShell(int columns, int rows, Func<string, bool> isIncomplete)
{
    /// <summary>Lines that continue a command are joined up to this many characters; beyond, each is read alone
    /// too.</summary>
    private const int MaximumContinued = 256 * 1024;

    /// <summary>Marks an anchor that does not hold.</summary>
    private const int NoClears = -1;

    private readonly TerminalScreen _screen = new(columns, rows);
    private readonly ClientKeys _keys = new();
    private ScreenPosition _anchor;
    private int _anchorClears;
    private string _prompt = "";
    private string? _primaryPrompt;
    private string _continued = "";
    private string _lastRead = "";
    private bool _delimiterChanged;
    private bool _inEditor;

    /// <summary>True while a full-screen program owns the terminal.</summary>
    public bool FullScreen => _screen.AlternateScreen;

    public void Resize(int newColumns, int newRows) => _screen.Resize(newColumns, newRows);

    public void TargetOutput(ReadOnlySpan<byte> output) => _screen.Write(output);

    /// <summary>
    /// Takes client input up to the first key that would submit a line. The owner forwards that much, and if there is
    /// a submission it holds that key, lets the echo come (<see cref="Echoed"/>, or a quiet moment), and calls
    /// <see cref="Read"/>.
    /// </summary>
    public InputStep ClientInput(ReadOnlySpan<byte> input)
    {
        if (_keys.Untouched && !input.IsEmpty)
        {
            SetAnchor();
        }

        InputStep step = _keys.Read(input, _screen.BracketedPaste);
        if (_keys.Interrupted)
        {
            _continued = "";
        }

        return step;
    }

    /// <summary>True when the screen shows just what was typed: the line can be read at once.</summary>
    public bool Echoed => _keys.Plain && AnchorHolds && _screen.TextFrom(_anchor) == _keys.Typed;

    /// <summary>The line that the held key would submit.</summary>
    public ObservedLine Read()
    {
        string typed = _keys.Typed;
        string shown = Shown(out bool certain);
        bool echoed = typed.Length == 0 || shown.Length > 0;
        var readings = new ReadingList();
        // What was typed before the prompt had settled stands behind a part of the prompt.
        bool typedOnly = _keys.Plain && typed.Length > 0
            && shown.TrimEnd().EndsWith(typed.TrimEnd(), StringComparison.Ordinal);
        string line = _screen.AlternateScreen ? Row() : echoed && !typedOnly ? shown : typed;
        _lastRead = line;
        if (_screen.AlternateScreen)
        {
            AddFullScreen(readings, shown.EndsWith(typed, StringComparison.Ordinal) ? "" : typed);
        }
        else
        {
            AddLine(readings, line, certain);
            if (typedOnly && shown.Trim() != typed.Trim())
            {
                readings.AddUncertain(shown);
            }
            else if (_keys.Plain && (!echoed || typed != line))
            {
                // Whatever else the screen shows, these keys are on their way to whoever reads them.
                readings.AddShell(typed);
            }
        }

        return new ObservedLine(line, readings.Items, echoed, _keys.OpensEditor);
    }

    /// <summary>The held key was let go.</summary>
    public void Submitted()
    {
        if (!Sql.IsPrompt(_prompt))
        {
            // What an SQL client has gathered is kept until its first prompt is back, or nothing was unfinished.
            _continued = Continues() ? _continued + _lastRead + "\n" : "";
        }

        if (!_screen.AlternateScreen && _lastRead.Length > 0)
        {
            _inEditor = Prompts.StartsEditor(_lastRead);
        }

        _keys.BeginLine();
    }

    /// <summary>The line was refused and cleared on the target.</summary>
    public void Cleared()
    {
        _continued = "";
        _keys.BeginLine();
    }

    private bool Continues() =>
        !_screen.AlternateScreen && _continued.Length + _lastRead.Length < MaximumContinued
        && (Prompts.IsPython(_prompt) || isIncomplete(_continued + _lastRead));

    private bool AnchorHolds => _anchorClears == _screen.Clears;

    private void SetAnchor()
    {
        if (_keys.NextLineIsLoaded && _primaryPrompt is not null)
        {
            // The cursor stands behind a line that history has put there: only the prompt tells where it begins.
            (_prompt, _anchorClears) = (_primaryPrompt, NoClears);
            return;
        }

        _anchor = _screen.Cursor;
        _anchorClears = _screen.Clears;
        _prompt = _screen.TextBefore(_anchor);
        // The first prompt of the session is the shell's own; a later one that is not a continuation replaces it.
        if (_primaryPrompt is null || (_continued.Length == 0 && Prompts.LooksLikeShell(_prompt)))
        {
            _primaryPrompt = _prompt;
        }

        if (_prompt == _primaryPrompt && _prompt.Length > 0)
        {
            // The shell's first prompt again: whatever seemed unfinished is over.
            _continued = "";
        }

        if (Sql.StartsStatement(_prompt))
        {
            _continued = "";
        }
    }

    private string Shown(out bool certain)
    {
        string whole = Row();
        certain = true;
        if (Prompts.HistorySearch(whole) is { } found)
        {
            return found;
        }

        if (AnchorHolds)
        {
            string text = _screen.TextFrom(_anchor);
            if (text.Length > 0 || _keys.Typed.Length == 0)
            {
                return text;
            }
        }

        // The screen was redrawn since the line began: look for the prompt again.
        if (_prompt.Length > 0 && whole.StartsWith(_prompt, StringComparison.Ordinal))
        {
            return whole[_prompt.Length..];
        }

        certain = false;
        return whole.Trim();
    }

    private string Row() => _screen.TextFrom(_screen.StartOfLine());

    private void AddFullScreen(ReadingList readings, string typed)
    {
        if (_inEditor)
        {
            readings.AddEditor(Row(), _screen.CursorNearBottom);
            readings.AddEditor(typed, nearBottom: false);
        }
        else
        {
            readings.AddUncertain(Row());
            readings.AddShell(typed);
        }
    }

    private void AddLine(ReadingList readings, string line, bool certain)
    {
        if (!certain)
        {
            readings.AddUncertain(Row());
        }
        else if (Sql.IsPrompt(_prompt))
        {
            AddSql(readings, line);
        }
        else if (Prompts.IsPython(_prompt))
        {
            _continued = _prompt[0] == '.' ? _continued : "";
            readings.AddPython(_continued + line);
        }
        else
        {
            AddShell(readings, line);
        }
    }

    private void AddShell(ReadingList readings, string line)
    {
        readings.AddShell(_continued + line);
        if (_prompt == _primaryPrompt && _prompt.Length > 0)
        {
            return;
        }

        // A prompt that is not the shell's: a continuation, or a program whose escapes reach a shell.
        if (_prompt.Length == 0)
        {
            readings.AddShell(line);
        }

        if (_continued.Length == 0)
        {
            readings.AddEscapes(line);
        }
    }

    private void AddSql(ReadingList readings, string line)
    {
        _delimiterChanged |= line.TrimStart().StartsWith("delimiter", StringComparison.OrdinalIgnoreCase);
        string statement = _continued + line;
        _continued = statement.Length < MaximumContinued ? statement + "\n" : "";
        if (_delimiterChanged || Sql.MayExecute(statement))
        {
            readings.AddSql(statement);
        }
    }
}
