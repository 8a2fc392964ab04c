using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// A field after expansion: an argument as the program would get it. Where something is computed only at run time, <see
/// cref="Text"/> holds what it would be if that part were empty (or its last known value), and <see cref="Unknown"/>
/// says where.
/// </summary>
internal sealed record Value
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

    /// <summary>The process substitution whose output or input this names.</summary>
    public ProcessContent? Content { get; init; }

    /// <summary>What a command prints, unquoted: any number of words.</summary>
    public bool IsList { get; init; }

    /// <summary>Handed over by another program, such as xargs, which may make any number of calls.</summary>
    public bool IsAppended { get; init; }

    public bool IsKnown => Unknown.Length == 0;

    /// <summary>The text before anything computed.</summary>
    public ReadOnlySpan<char> KnownPrefix => IsKnown ? Text : Text.AsSpan(0, Unknown[0].Start);

    /// <summary>Nothing at all is known of its beginning: it might be an option as well as an operand.</summary>
    public bool StartsUnknown => !IsKnown && Unknown[0].Start == 0;

    public static Value Known(string text, TextSpan span, int verbatim = -1, bool glob = false,
        ProcessContent? content = null) =>
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

    /// <summary>An unquoted text in which the shell looks for names of files.</summary>
    public static bool MayMatchNames(string text) =>
        text.AsSpan().ContainsAny('*', '?')
        || (text.IndexOf('[', StringComparison.Ordinal) is >= 0 and var open && text.IndexOf(']', open) > open);

    public EffectObject AsObject(ObjectKind kind) => new(IsKnown ? Text : Display, kind, IsKnown);

    /// <summary>Several words as one text; pointing into it stays possible when there is only one.</summary>
    public static Value JoinWords(IReadOnlyList<Value> words)
    {
        if (words.Count == 1)
        {
            return words[0];
        }

        var builder = new ValueBuilder();
        for (int i = 0; i < words.Count; i++)
        {
            builder.Append(i == 0 ? "" : " ");
            builder.Append(words[i]);
        }

        return builder.Build(string.Join(' ', words.Select(word => word.Display)), CommandRunner.SpanOf(words));
    }

    public override string ToString() => Display;
}

/// <summary>What the command of a process substitution prints; null when that is not known.</summary>
internal sealed record ProcessContent(string? Text);
