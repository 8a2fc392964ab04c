using System.Text;

namespace Bastion.Analysis.Terminal;

/// <summary>A place on the screen; rows are counted from the first row ever shown, so scrolling does not move
/// them.</summary>
internal readonly record struct ScreenPosition(long Row, int Column);

/// <summary>
/// What a client's terminal shows: the characters of a VT-style screen with autowrap, margins, editing functions and
/// the alternate screen. Colours are not kept. Memory is bounded by the size of the screen and
/// <see cref="ScrollbackRows"/>.
/// </summary>
internal sealed class TerminalScreen : ITerminalActions
{
    /// <summary>A command line that wrapped further than this is longer than any shell edits in comfort.</summary>
    public const int ScrollbackRows = 200;

    /// <summary>A pty may be given any size (RFC 4254 section 6.2); larger ones are read as this.</summary>
    public const int MaximumColumns = 1000, MaximumRows = 500;

    private readonly EscapeParser _parser;
    private readonly LinkedList<ScreenRow> _scrollback = new();
    private ScreenRow[] _rows;
    private ScreenRow[]? _primary;
    private ScreenPosition _primaryCursor;
    private int _columns;
    private int _row;
    private int _column;
    private bool _wrapPending;
    private bool _autowrap = true;
    private bool _insert;
    private int _top;
    private int _bottom;
    private long _scrolled;
    private (int Row, int Column) _saved;

    public TerminalScreen(int columns, int rows)
    {
        _parser = new EscapeParser(this);
        _columns = Math.Clamp(columns == 0 ? 80 : columns, 2, MaximumColumns);
        _rows = NewRows(Math.Clamp(rows == 0 ? 24 : rows, 2, MaximumRows));
        _bottom = _rows.Length - 1;
    }

    public ScreenPosition Cursor => new(_scrolled + _row, _column);

    /// <summary>True while a full-screen program (an editor, a pager, tmux) owns the screen.</summary>
    public bool AlternateScreen => _primary is not null;

    /// <summary>True while the program on the target asked for pastes to be marked (DECSET 2004).</summary>
    public bool BracketedPaste { get; private set; }

    /// <summary>Counts screen clears: what was remembered of positions before one no longer holds.</summary>
    public int Clears { get; private set; }

    /// <summary>True on the rows where full-screen programs ask their questions.</summary>
    public bool CursorNearBottom => _row >= _rows.Length - 3;

    public void Write(ReadOnlySpan<byte> output) => _parser.Write(output);

    /// <summary>The output so far ends between two sequences.</summary>
    public bool IsSettled => _parser.IsSettled;

    /// <summary>Window-change; rows keep their text, cut or padded, as most terminals do without reflow.</summary>
    public void Resize(int columns, int rows)
    {
        _columns = Math.Clamp(columns == 0 ? 80 : columns, 2, MaximumColumns);
        int height = Math.Clamp(rows == 0 ? 24 : rows, 2, MaximumRows);
        while (_row >= height)
        {
            ScrollUp(0, _rows.Length - 1);
            _row--;
        }

        Array.Resize(ref _rows, height);
        for (int i = 0; i < height; i++)
        {
            (_rows[i] ??= new ScreenRow(_columns)).Resize(_columns);
        }

        (_top, _bottom) = (0, height - 1);
        _column = Math.Min(_column, _columns - 1);
        _wrapPending = false;
    }

    /// <summary>The text from one place to the end of what is written after it, wrapped rows joined, others by
    /// LF.</summary>
    public string TextFrom(ScreenPosition start)
    {
        var text = new StringBuilder();
        long last = LastRowOfInput();
        for (long row = Math.Max(start.Row, _scrolled - _scrollback.Count); row <= last; row++)
        {
            ScreenRow current = RowAt(row)!;
            current.AppendTo(text, row == start.Row ? start.Column : 0, trimEnd: !current.Wrapped);
            if (!current.Wrapped && row < last)
            {
                text.Append('\n');
            }
        }

        return text.ToString();
    }

    /// <summary>The text on the row of a place, up to it, with the rows that wrapped into it.</summary>
    public string TextBefore(ScreenPosition end)
    {
        long first = end.Row;
        while (RowAt(first - 1) is { Wrapped: true })
        {
            first--;
        }

        var text = new StringBuilder();
        for (long row = first; row <= end.Row; row++)
        {
            RowAt(row)?.AppendTo(text, 0, trimEnd: false, row == end.Row ? end.Column : int.MaxValue);
        }

        return text.ToString();
    }

    /// <summary>
    /// What a terminal is sent to show this screen: cleared, its rows, the cursor in its place, on the alternate screen
    /// if this is one. Colours come back with what is drawn next.
    /// </summary>
    public string Redraw()
    {
        StringBuilder text = new StringBuilder("\u001b[0m\u001b[r").Append(AlternateScreen
            ? "\u001b[?1049h"
            : "\u001b[?1049l").Append("\u001b[2J\u001b[H");
        for (int row = 0; row < _rows.Length; row++)
        {
            text.Append(row == 0 ? "" : "\r\n");
            _rows[row].AppendTo(text, 0, trimEnd: true, int.MaxValue);
        }

        return text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\u001b[{_row + 1};{_column + 1}H")
            .ToString();
    }

    /// <summary>Where the row of the cursor begins, counting rows that wrapped into it.</summary>
    public ScreenPosition StartOfLine()
    {
        long row = Cursor.Row;
        while (RowAt(row - 1) is { Wrapped: true })
        {
            row--;
        }

        return new ScreenPosition(row, 0);
    }

    // The cursor may stand inside the line: the rows below that it wrapped into belong to it as well.
    private long LastRowOfInput()
    {
        long last = Cursor.Row;
        while (last < _scrolled + _rows.Length - 1 && RowAt(last) is { Wrapped: true })
        {
            last++;
        }

        return last;
    }

    private ScreenRow? RowAt(long row)
    {
        long index = row - _scrolled;
        if (index >= 0)
        {
            return index < _rows.Length ? _rows[index] : null;
        }

        if (-index > _scrollback.Count)
        {
            return null;
        }

        LinkedListNode<ScreenRow> node = _scrollback.Last!;
        for (long i = -1; i > index; i--)
        {
            node = node.Previous!;
        }

        return node.Value;
    }

    void ITerminalActions.Print(int character)
    {
        int width = CharacterWidth.Of(character);
        if (width == 0)
        {
            _rows[_row].Combine(_wrapPending ? _column : _column - 1, character);
            return;
        }

        if (_wrapPending || (_autowrap && _column + width > _columns))
        {
            if (!_wrapPending)
            {
                // A wide character that does not fit leaves the last column empty: no space was written there.
                _rows[_row].Skip(_columns - 1);
            }

            _rows[_row].Wrapped = true;
            _column = 0;
            _wrapPending = false;
            LineFeed();
        }

        if (_insert)
        {
            _rows[_row].InsertBlank(_column, width);
        }

        _rows[_row].Set(_column, character, width);
        if (_column + width >= _columns)
        {
            _column = _columns - 1;
            _wrapPending = _autowrap;
        }
        else
        {
            _column += width;
        }
    }

    void ITerminalActions.Control(byte code)
    {
        switch (code)
        {
            case 0x08:
                MoveTo(_row, _column - 1);
                break;
            case 0x09:
                MoveTo(_row, (_column / 8 + 1) * 8);
                break;
            case 0x0A or 0x0B or 0x0C:
                _rows[_row].Wrapped = false;
                _wrapPending = false;
                LineFeed();
                break;
            case 0x0D:
                MoveTo(_row, 0);
                break;
        }
    }

    void ITerminalActions.Escape(byte intermediate, byte final)
    {
        switch (intermediate == 0 ? (char)final : '\0')
        {
            case '7':
                _saved = (_row, _column);
                break;
            case '8':
                MoveTo(_saved.Row, _saved.Column);
                break;
            case 'D':
                LineFeed();
                break;
            case 'E':
                _column = 0;
                LineFeed();
                break;
            case 'M':
                ReverseLineFeed();
                break;
            case 'c':
                Reset();
                break;
        }
    }

    void ITerminalActions.ControlSequence(byte marker, ReadOnlySpan<int> parameters, byte final)
    {
        int first = parameters.Length > 0 ? parameters[0] : 0;
        int count = Math.Max(first, 1);
        int second = parameters.Length > 1 ? parameters[1] : 0;
        if (marker != 0)
        {
            if (marker == (byte)'?' && final is (byte)'h' or (byte)'l')
            {
                foreach (int mode in parameters)
                {
                    PrivateMode(mode, final == (byte)'h');
                }
            }

            return;
        }

        switch ((char)final)
        {
            case 'A': MoveTo(_row - count, _column); break;
            case 'B' or 'e': MoveTo(_row + count, _column); break;
            case 'C' or 'a': MoveTo(_row, _column + count); break;
            case 'D': MoveTo(_row, _column - count); break;
            case 'E': MoveTo(_row + count, 0); break;
            case 'F': MoveTo(_row - count, 0); break;
            case 'G' or '`': MoveTo(_row, count - 1); break;
            case 'H' or 'f': MoveTo(count - 1, Math.Max(second, 1) - 1); break;
            case 'd': MoveTo(count - 1, _column); break;
            case 'J': EraseInDisplay(first); break;
            case 'K': EraseInLine(first); break;
            case 'L': InsertRows(count); break;
            case 'M': DeleteRows(count); break;
            case 'P': _rows[_row].Delete(_column, count); break;
            case '@': _rows[_row].InsertBlank(_column, count); break;
            case 'X': _rows[_row].Erase(_column, count); break;
            case 'S': Repeat(count, () => ScrollUp(_top, _bottom)); break;
            case 'T': Repeat(count, () => ScrollDown(_top, _bottom)); break;
            case 'h' when first == 4: _insert = true; break;
            case 'l' when first == 4: _insert = false; break;
            case 's': _saved = (_row, _column); break;
            case 'u': MoveTo(_saved.Row, _saved.Column); break;
            case 'r': SetMargins(first, second); break;
        }
    }

    private void PrivateMode(int mode, bool set)
    {
        switch (mode)
        {
            case 7:
                _autowrap = set;
                break;
            case 2004:
                BracketedPaste = set;
                break;
            case 47 or 1047 or 1049 when set && _primary is null:
                (_primary, _primaryCursor) = (_rows, new ScreenPosition(_row, _column));
                _rows = NewRows(_rows.Length);
                MoveTo(0, 0);
                break;
            case 47 or 1047 or 1049 when !set && _primary is not null:
                int height = _rows.Length;
                (_rows, _primary) = (_primary, null);
                Resize(_columns, height);
                MoveTo((int)_primaryCursor.Row, _primaryCursor.Column);
                break;
        }
    }

    private void Reset()
    {
        _rows = NewRows(_rows.Length);
        (_primary, _autowrap, _insert, BracketedPaste) = (null, true, false, false);
        (_top, _bottom) = (0, _rows.Length - 1);
        MoveTo(0, 0);
        Clears++;
    }

    private void SetMargins(int top, int bottom)
    {
        _top = Math.Clamp(Math.Max(top, 1) - 1, 0, _rows.Length - 1);
        _bottom = bottom == 0 ? _rows.Length - 1 : Math.Clamp(bottom - 1, 0, _rows.Length - 1);
        if (_top >= _bottom)
        {
            (_top, _bottom) = (0, _rows.Length - 1);
        }

        MoveTo(0, 0);
    }

    private void EraseInDisplay(int what)
    {
        EraseInLine(what);
        int from = what == 0 ? _row + 1 : 0;
        int to = what == 1 ? _row : _rows.Length;
        for (int i = from; i < to; i++)
        {
            _rows[i] = new ScreenRow(_columns);
        }

        if (what >= 2)
        {
            Clears++;
        }
    }

    private void EraseInLine(int what)
    {
        _wrapPending = false;
        int from = what == 0 ? _column : 0;
        _rows[_row].Erase(from, what == 1 ? _column + 1 : _columns - from);
        if (what != 1)
        {
            _rows[_row].Wrapped = false;
        }
    }

    private void InsertRows(int count)
    {
        if (_row >= _top && _row <= _bottom)
        {
            Repeat(count, () => ScrollDown(_row, _bottom));
        }
    }

    private void DeleteRows(int count)
    {
        if (_row >= _top && _row <= _bottom)
        {
            Repeat(count, () => ScrollUp(_row, _bottom));
        }
    }

    // A count beyond the screen has the same result as the screen's height.
    private void Repeat(int count, Action action)
    {
        for (int i = Math.Min(count, _rows.Length); i > 0; i--)
        {
            action();
        }
    }

    private void MoveTo(int row, int column)
    {
        _row = Math.Clamp(row, 0, _rows.Length - 1);
        _column = Math.Clamp(column, 0, _columns - 1);
        _wrapPending = false;
    }

    private void LineFeed()
    {
        if (_row == _bottom)
        {
            ScrollUp(_top, _bottom);
        }
        else if (_row < _rows.Length - 1)
        {
            _row++;
        }
    }

    private void ReverseLineFeed()
    {
        if (_row == _top)
        {
            ScrollDown(_top, _bottom);
        }
        else if (_row > 0)
        {
            _row--;
        }
    }

    private void ScrollUp(int top, int bottom)
    {
        ScreenRow gone = _rows[top];
        Array.Copy(_rows, top + 1, _rows, top, bottom - top);
        _rows[bottom] = new ScreenRow(_columns);
        if (top == 0 && bottom == _rows.Length - 1 && !AlternateScreen)
        {
            _scrolled++;
            _scrollback.AddLast(gone);
            if (_scrollback.Count > ScrollbackRows)
            {
                _scrollback.RemoveFirst();
            }
        }
    }

    private void ScrollDown(int top, int bottom)
    {
        Array.Copy(_rows, top, _rows, top + 1, bottom - top);
        _rows[top] = new ScreenRow(_columns);
    }

    private ScreenRow[] NewRows(int count)
    {
        var rows = new ScreenRow[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = new ScreenRow(_columns);
        }

        return rows;
    }
}
