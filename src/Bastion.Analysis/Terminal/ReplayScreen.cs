using System.Text;

namespace Bastion.Analysis.Terminal;

/// <summary>What a terminal showed at a moment of a recording: fed with its output so far, it gives what draws that
/// screen at once.</summary>
public sealed class ReplayScreen(int columns, int rows)
{
    private readonly TerminalScreen _screen = new(columns, rows);

    public void Write(string output) => _screen.Write(Encoding.UTF8.GetBytes(output));

    public void Resize(int newColumns, int newRows) => _screen.Resize(newColumns, newRows);

    /// <summary>The output so far ends between two sequences: only then does <see cref="Redraw"/> stand for
    /// it.</summary>
    public bool IsSettled => _screen.IsSettled;

    /// <summary>Text and cursor; colours come back with what is drawn next.</summary>
    public string Redraw() => _screen.Redraw();
}
