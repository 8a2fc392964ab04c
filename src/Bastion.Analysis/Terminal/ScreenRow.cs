using System.Text;

namespace Bastion.Analysis.Terminal;

/// <summary>One row of cells. Its cells are allocated when something is first written to it.</summary>
internal sealed class ScreenRow(int columns)
{
    /// <summary>The second column of a wide character.</summary>
    private const int Continuation = -1;

    private int _columns = columns;
    private int[]? _cells;

    /// <summary>Zero-width characters by column: rare, and never lost, because they may be there to deceive.</summary>
    private List<(int Column, int Character)>? _combining;

    /// <summary>True when the text went on to the next row without a line feed.</summary>
    public bool Wrapped { get; set; }

    public void Set(int column, int character, int width)
    {
        int[] cells = _cells ??= new int[_columns];
        _combining?.RemoveAll(mark => mark.Column >= column && mark.Column < column + width);
        cells[column] = character;
        if (width == 2 && column + 1 < cells.Length)
        {
            cells[column + 1] = Continuation;
        }
    }

    /// <summary>Makes a cell count as no character at all.</summary>
    public void Skip(int column) => (_cells ??= new int[_columns])[column] = Continuation;

    public void Combine(int column, int character)
    {
        // Bounded: a run of zero-width characters longer than the row says nothing more.
        if ((_combining ??= []).Count < _columns)
        {
            _combining.Add((Math.Max(column, 0), character));
        }
    }

    public void Erase(int column, int count)
    {
        _combining?.RemoveAll(mark => mark.Column >= column && mark.Column < column + count);
        _cells?.AsSpan(column, Math.Min(count, _cells.Length - column)).Clear();
    }

    public void Delete(int column, int count)
    {
        if (_cells is null)
        {
            return;
        }

        count = Math.Min(count, _cells.Length - column);
        _cells.AsSpan(column + count).CopyTo(_cells.AsSpan(column));
        _cells.AsSpan(_cells.Length - count).Clear();
        MoveMarks(column, -count);
    }

    public void InsertBlank(int column, int count)
    {
        if (_cells is null)
        {
            return;
        }

        count = Math.Min(count, _cells.Length - column);
        _cells.AsSpan(column, _cells.Length - column - count).CopyTo(_cells.AsSpan(column + count));
        _cells.AsSpan(column, count).Clear();
        MoveMarks(column, count);
    }

    public void Resize(int columns)
    {
        _columns = columns;
        if (_cells is not null)
        {
            Array.Resize(ref _cells, columns);
        }
    }

    /// <summary>Appends the text from one column on; blank cells are spaces, except those at the end when
    /// trimmed.</summary>
    public void AppendTo(StringBuilder text, int from, bool trimEnd, int to = int.MaxValue)
    {
        int length = Math.Min(_cells?.Length ?? 0, to);
        int end = length;
        while (trimEnd && end > from && _cells![end - 1] == 0)
        {
            end--;
        }

        for (int i = from; i < end; i++)
        {
            int cell = _cells![i];
            if (cell != Continuation)
            {
                text.Append(new Rune(cell == 0 ? ' ' : cell));
            }

            foreach ((int column, int mark) in _combining ?? [])
            {
                if (column == i)
                {
                    text.Append(new Rune(mark));
                }
            }
        }
    }

    private void MoveMarks(int column, int by)
    {
        for (int i = (_combining?.Count ?? 0) - 1; i >= 0; i--)
        {
            (int at, int mark) = _combining![i];
            if (at >= column)
            {
                _combining[i] = (Math.Max(column, at + by), mark);
            }
        }
    }
}
