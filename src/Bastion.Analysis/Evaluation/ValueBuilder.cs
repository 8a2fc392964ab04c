using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>A field while it is put together; <see cref="Clear"/> makes it ready for another one.</summary>
internal sealed class ValueBuilder
{
    /// <summary>A longer value (`a=$a$a` in a loop) counts as computed.</summary>
    private const int MaximumLength = 1 << 20;

    /// <summary>Most fields have one piece: it is kept as it is until a second comes.</summary>
    private string _first = "";
    private readonly StringBuilder _rest = new(0);
    private readonly List<(int, int)> _unknown = [];
    private int _verbatim = -1;
    private int _pieces;

    public bool HasGlob { get; set; }

    /// <summary>Something stands here even if it is empty: quotes, or characters.</summary>
    public bool Exists { get; set; }

    public ProcessContent? Content { get; set; }

    public bool IsList { get; set; }

    public int Length => _rest.Length > 0 ? _rest.Length : _first.Length;

    public bool IsKnown => _unknown.Count == 0;

    /// <param name="piece">Null when it is not known.</param>
    /// <param name="source">Where it stands in the analysed text, or -1.</param>
    public void Append(string? piece, int source = -1)
    {
        if (piece is null)
        {
            AppendUnknown();
            return;
        }

        Exists |= piece.Length > 0;
        if (Length + piece.Length > MaximumLength)
        {
            AppendUnknown();
            return;
        }

        if (piece.Length > 0)
        {
            _verbatim = _pieces == 0 ? source : _verbatim >= 0 && source == _verbatim + Length ? _verbatim : -1;
            _pieces++;
        }

        AppendText(piece);
    }

    public void Append(Value value)
    {
        if (value.IsKnown)
        {
            Append(value.Text);
        }
        else
        {
            AppendUnknown(value.Text);
        }
    }

    public void AppendUnknown(string assumed = "")
    {
        Exists = true;
        _unknown.Add((Length, assumed.Length));
        if (Length + assumed.Length <= MaximumLength)
        {
            AppendText(assumed);
        }
    }

    private void AppendText(string piece)
    {
        if (piece.Length == 0)
        {
            return;
        }

        if (Length == 0)
        {
            _first = piece;
            return;
        }

        if (_rest.Length == 0)
        {
            _rest.Append(_first);
        }

        _rest.Append(piece);
    }

    /// <summary>What has been put together so far, with nothing where something is computed.</summary>
    public string Text => _rest.Length > 0 ? _rest.ToString() : _first;

    /// <summary>When all of it is known.</summary>
    public Value BuildKnown(TextSpan span) => Value.Known(Text, span, _verbatim, HasGlob, Content);

    public Value BuildComputed(string display, TextSpan span) => _rest.Length == 0 && _first.Length == 0 && !IsList
        ? Value.Computed(display, span)
        : Value.Computed(Text, [.. _unknown], display, span, IsList);

    public Value Build(string display, TextSpan span) => IsKnown ? BuildKnown(span) : BuildComputed(display, span);

    public void Clear()
    {
        _first = "";
        _rest.Clear();
        _unknown.Clear();
        _verbatim = -1;
        _pieces = 0;
        HasGlob = Exists = IsList = false;
        Content = null;
    }
}
