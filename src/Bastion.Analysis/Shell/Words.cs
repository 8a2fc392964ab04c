using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Bastion.Analysis.Shell;

/// <summary>The parts of a word. Most words have one, which needs no array: a long script is mostly words.</summary>
internal readonly struct PartList
{
    private readonly WordPart? _only;
    private readonly WordPart[]? _several;

    public PartList(WordPart only) => this._only = only;

    public PartList(WordPart[] several) => this._several = several;

    [UnscopedRef]
    public ReadOnlySpan<WordPart> Span => _only is null ? _several : new ReadOnlySpan<WordPart>(in _only);
}

/// <summary>A word as a list of parts. Literal and computed are told apart by the parts' types.</summary>
internal sealed class Word(int start, int end, PartList parts) : Node(start, end)
{
    private readonly PartList _parts = parts;

    /// <summary>The same as <see cref="Parts"/>, to be kept.</summary>
    public PartList PartList => _parts;

    public ReadOnlySpan<WordPart> Parts => _parts.Span;

    /// <summary>The text when all of the word is unquoted literal text; otherwise null. Reserved words are looked for
    /// here.</summary>
    public string? BareText
    {
        get
        {
            if (Parts is [Literal only])
            {
                return only.Text;
            }

            var text = new StringBuilder();
            foreach (WordPart part in Parts)
            {
                if (part is not Literal literal)
                {
                    return null;
                }

                text.Append(literal.Text);
            }

            return text.ToString();
        }
    }

    /// <summary>The text after quote removal when nothing is computed, without expansion of braces, tildes and globs;
    /// otherwise null.</summary>
    public string? ConstantText
    {
        get
        {
            if (Parts is [Literal only])
            {
                return only.Text;
            }

            var text = new StringBuilder();
            return Append(Parts) ? text.ToString() : null;

            bool Append(ReadOnlySpan<WordPart> list)
            {
                foreach (WordPart part in list)
                {
                    switch (part)
                    {
                        case Literal literal:
                            text.Append(literal.Text);
                            break;
                        case Quoted quoted:
                            text.Append(quoted.Text);
                            break;
                        case DoubleQuoted inner when Append(inner.Parts):
                            break;
                        default:
                            return false;
                    }
                }

                return true;
            }
        }
    }
}

/// <summary>The closed family: <see cref="Literal"/>, <see cref="Quoted"/>, <see cref="DoubleQuoted"/>, <see
/// cref="ParameterExpansion"/>,
/// <see cref="CommandSubstitution"/>, <see cref="ProcessSubstitution"/>, <see cref="ArithmeticExpansion"/>, <see
/// cref="ExtendedGlob"/>.</summary>
internal abstract class WordPart(int start, int end) : Node(start, end);

/// <summary>Unquoted text: braces, tildes and globs in it still mean something.</summary>
internal sealed class Literal(int start, int end, string text) : WordPart(start, end)
{
    public string Text => text;
}

internal enum QuoteStyle
{
    Backslash,
    Single,
    AnsiC,
}

internal sealed class Quoted(int start, int end, string text, QuoteStyle style) : WordPart(start, end)
{
    public string Text => text;

    public QuoteStyle Style => style;
}

/// <summary><c>"…"</c>, and <c>$"…"</c> whose text a message catalogue may replace.</summary>
internal sealed class DoubleQuoted(int start, int end, PartList parts, bool localized) : WordPart(start, end)
{
    private readonly PartList _parts = parts;

    public ReadOnlySpan<WordPart> Parts => _parts.Span;

    public bool Localized => localized;
}

/// <summary><c>$name</c> and <c>${…}</c> in all forms.</summary>
internal sealed class ParameterExpansion(int start, int end, string name) : WordPart(start, end)
{
    /// <summary>A variable's name, digits, or one of <c>@*#?-$!</c>; empty for a form no shell knows.</summary>
    public string Name => name;

    public Word? Subscript { get; init; }

    /// <summary><c>${#name}</c>.</summary>
    public bool Length { get; init; }

    /// <summary><c>${!name}</c>: the value names the variable.</summary>
    public bool Indirect { get; init; }

    /// <summary>The operator as written: <c>:-</c>, <c>##</c>, <c>//</c>, <c>^^</c>, <c>:</c>, <c>@</c> …; empty when
    /// there is none.</summary>
    public string Operator { get; init; } = "";

    /// <summary>What stands after the operator; for <c>/</c> the pattern, for <c>:</c> the offset.</summary>
    public Word? Argument { get; init; }

    /// <summary>For <c>/</c> the replacement, for <c>:</c> the length.</summary>
    public Word? Second { get; init; }
}

/// <summary><c>$(…)</c>, backquotes, and <c>${ …; }</c>.</summary>
internal sealed class CommandSubstitution(int start, int end, Script body, bool backquoted) : WordPart(start, end)
{
    public Script Body => body;

    public bool Backquoted => backquoted;
}

/// <summary><c>&lt;(…)</c> and <c>&gt;(…)</c>.</summary>
internal sealed class ProcessSubstitution(int start, int end, Script body, bool output) : WordPart(start, end)
{
    public Script Body => body;

    public bool Output => output;
}

/// <summary><c>$((…))</c>, <c>$[…]</c>.</summary>
internal sealed class ArithmeticExpansion(int start, int end, PartList parts) : WordPart(start, end)
{
    private readonly PartList _parts = parts;

    public ReadOnlySpan<WordPart> Parts => _parts.Span;
}

/// <summary><c>@(a|b)</c> and its kin: <see cref="Parts"/> is everything between the parentheses.</summary>
internal sealed class ExtendedGlob(int start, int end, char kind, PartList parts) : WordPart(start, end)
{
    private readonly PartList _parts = parts;

    public char Kind => kind;

    public ReadOnlySpan<WordPart> Parts => _parts.Span;
}
