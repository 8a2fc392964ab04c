using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// A field after expansion: an argument as the program would get it. Where something is computed only at run time, <see
/// cref="Text"/> holds what it would be if that part were empty (or its last known value), and <see cref="Unknown"/>
/// says where.
/// </summary>
internal sealed class Value
{
    private static readonly (int Start, int Length)[] Nothing = [];

    private Value(string text, (int, int)[] unknown, string display, TextSpan span, int verbatim)
    {
        Text = text;
        Unknown = unknown;
        Display = display;
        Span = span;
        Verbatim = verbatim;
    }

    public string Text { get; }

    public (int Start, int Length)[] Unknown { get; }

    /// <summary>What a person is shown: the text, or the source form when part of it is computed.</summary>
    public string Display { get; }

    public TextSpan Span { get; }

    /// <summary>Where in the analysed text <see cref="Text"/> stands character for character; -1 when it does
    /// not.</summary>
    public int Verbatim { get; }

    /// <summary>An unquoted <c>*</c>, <c>?</c> or <c>[</c>: the shell may put file names here.</summary>
    public bool HasGlob { get; init; }

    /// <summary>A process substitution whose output or input this names.</summary>
    public string? Content { get; init; }

    /// <summary>What a command prints, unquoted: any number of words.</summary>
    public bool IsList { get; init; }

    public bool IsKnown => Unknown.Length == 0;

    /// <summary>The text before anything computed.</summary>
    public ReadOnlySpan<char> KnownPrefix => IsKnown ? Text : Text.AsSpan(0, Unknown[0].Start);

    /// <summary>Nothing at all is known of its beginning: it might be an option as well as an operand.</summary>
    public bool StartsUnknown => !IsKnown && Unknown[0].Start == 0;

    public static Value Known(string text, TextSpan span, int verbatim = -1, bool glob = false,
        string? content = null) =>
        new(text, Nothing, text, span, verbatim) { HasGlob = glob, Content = content };

    public static Value Computed(string assumed, (int, int)[] unknown, string display, TextSpan span,
        bool list = false) =>
        new(assumed, unknown, display, span, -1) { IsList = list };

    /// <summary>Nothing of it is known.</summary>
    private static readonly (int Start, int Length)[] Everything = [(0, 0)];

    public static Value Computed(string display, TextSpan span) => new("", Everything, display, span, -1);

    /// <summary>The same where it is not sure that it is this.</summary>
    public Value Uncertain() => IsKnown ? Computed(Text, [(0, Text.Length)], Display, Span) : this;

    /// <summary>The part from <paramref name="start"/> on, such as an option's glued value.</summary>
    public Value Tail(int start)
    {
        if (IsKnown)
        {
            return new(Text[start..], Nothing, Text[start..], Span, Verbatim < 0 ? -1 : Verbatim + start)
            {
                HasGlob = HasGlob,
            };
        }

        (int, int Length)[] ranges = Unknown.Where(range => range.Start + range.Length >= start)
            .Select(range => (Math.Max(0, range.Start - start), range.Length)).ToArray();
        return new(Text[Math.Min(start, Text.Length)..], ranges, Display.Length >= start
            ? Display[start..]
            : Display, Span, -1);
    }

    /// <summary>The text for a shell that reads it, with a variable of no known value where something is
    /// computed.</summary>
    public string WithVariables()
    {
        if (IsKnown)
        {
            return Text;
        }

        var text = new StringBuilder(Text);
        for (int i = Unknown.Length - 1; i >= 0; i--)
        {
            if (Unknown[i].Length == 0)
            {
                text.Insert(Unknown[i].Start, "${computed}");
            }
        }

        return text.ToString();
    }

    /// <summary>The last component when it is known, even if the directory before it is not; null when it is
    /// computed.</summary>
    public string? ProgramName
    {
        get
        {
            if (IsKnown)
            {
                return Programs.ProgramNames.BaseName(Text);
            }

            (int start, int length) = Unknown[^1];
            int slash = Text.LastIndexOf('/');
            return slash >= start + length && slash + 1 < Text.Length ? Text[(slash + 1)..] : null;
        }
    }

    public override string ToString() => Display;
}

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

    public string? Content { get; set; }

    public bool IsList { get; set; }

    public int Length => _rest.Length > 0 ? _rest.Length : _first.Length;

    public bool IsKnown => _unknown.Count == 0;

    public void Append(string piece, int source = -1)
    {
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
