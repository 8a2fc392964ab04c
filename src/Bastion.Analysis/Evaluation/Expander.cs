using System.Buffers;
using System.Globalization;
using System.Text;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// Word expansion (XCU 2.6) with what the text itself tells: constants, variables set before, substitutions whose
/// output is constant.
/// Everything else becomes a computed part. Nothing is read from this machine.
/// </summary>
internal sealed partial class Expander(EvaluationSession session, Evaluator evaluator, string source,
    TextSpan? fixedSpan, ShellDialect dialect)
{
    private const string DefaultSeparators = " \t\n";

    /// <summary>What makes an unquoted word more than its text.</summary>
    private static readonly SearchValues<char> Expanded = SearchValues.Create("{~*?[");

    private ScratchLists<Value> _fieldLists;
    private readonly Stack<ValueBuilder> _builders = [];

    private ValueBuilder TakeBuilder() => _builders.TryPop(out ValueBuilder? spare) ? spare : new ValueBuilder();

    private void Return(ValueBuilder builder)
    {
        builder.Clear();
        _builders.Push(builder);
    }

    /// <summary>A here-string's newline stands in no text: a span ends where the text does.</summary>
    public TextSpan SpanOf(Node node) =>
        fixedSpan ?? TextSpan.FromBounds(Math.Min(node.Start, source.Length), Math.Min(node.End, source.Length));

    /// <summary>All fields of a list of words: brace expansion, expansion, splitting. Globs stay as they are
    /// written.</summary>
    public Value[] ExpandAll(Word[] words, ShellState state)
    {
        List<Value> fields = _fieldLists.Take();
        session.SpendFields(words.Length);
        foreach (Word word in words)
        {
            if (word.Parts is [Literal only] && !only.Text.AsSpan().ContainsAny(Expanded))
            {
                fields.Add(Value.Known(only.Text, SpanOf(word), Verbatim(word.Start)));
            }
            else
            {
                Expand(word, state, fields);
            }
        }

        return _fieldLists.Finish(fields);
    }

    /// <summary>One word that is not split: an assignment's value, a redirection's target, a here-document.</summary>
    public Value ExpandOne(Word? word, ShellState state)
    {
        if (word is null)
        {
            return Value.Known("", default);
        }

        session.Spend(1);
        if (word.Parts is [Literal only])
        {
            return Value.Known(only.Text, SpanOf(word), Verbatim(only.Start));
        }

        ValueBuilder builder = TakeBuilder();
        foreach (WordPart part in word.Parts)
        {
            Append(part, state, builder, quoted: true);
        }

        session.Spend(builder.Length);
        Value value = Build(builder, word);
        Return(builder);
        return value;
    }

    private Value Build(ValueBuilder builder, Word word) =>
        builder.IsKnown ? builder.BuildKnown(SpanOf(word)) : builder.BuildComputed(Display(word), SpanOf(word));

    private void Expand(Word word, ShellState state, List<Value> fields)
    {
        if (dialect == ShellDialect.Posix || !BraceExpansion.MayExpand(word))
        {
            ExpandFields(word, word, state, fields);
            return;
        }

        if (session.IsExhausted || BraceExpansion.Expand(word) is not { } words)
        {
            fields.Add(Value.Computed(Display(word), SpanOf(word)));
            return;
        }

        foreach (Word one in words)
        {
            ExpandFields(one, word, state, fields);
        }
    }

    /// <param name="word">What braces have made of <paramref name="written"/>.</param>
    private void ExpandFields(Word word, Word written, ShellState state, List<Value> fields)
    {
        if (session.IsExhausted)
        {
            fields.Add(Value.Computed(Display(written), SpanOf(written)));
            return;
        }

        ValueBuilder builder = TakeBuilder();
        var list = new FieldList(this, written, builder, fields);
        foreach (WordPart part in word.Parts)
        {
            AppendSplitting(part, state, list);
        }

        list.Finish();
        Return(builder);
    }

    private void SpendField(int length)
    {
        session.SpendFields(1);
        session.Spend(length);
    }

    /// <summary>The fields a word falls into while its unquoted expansions are split.</summary>
    private readonly record struct FieldList(Expander Expander, Word Word, ValueBuilder Current, List<Value> Into)
    {
        public void Finish()
        {
            Expander.SpendField(Current.Length);
            if (Current.Exists)
            {
                Into.Add(Expander.Build(Current, Word));
            }

            Current.Clear();
        }
    }

    private void AppendSplitting(WordPart part, ShellState state, FieldList fields)
    {
        switch (part)
        {
            case Literal literal:
                fields.Current.HasGlob |= HasGlob(literal.Text);
                fields.Current.Append(literal.Text, Verbatim(literal.Start));
                break;
            case ParameterExpansion { Length: false } parameter when HasWord(parameter) && !session.IsExhausted:
                AppendChosenFields(parameter, state, fields);
                break;
            case ParameterExpansion list when IsList(list) && ElementsOf(list, state) is { } values:
                AppendSplit(values, state, fields);
                break;
            case DoubleQuoted quoted:
                AppendQuotedFields(quoted, state, fields);
                break;
            case ParameterExpansion or CommandSubstitution or ArithmeticExpansion:
                ValueBuilder piece = TakeBuilder();
                Append(part, state, piece, quoted: false);
                fields.Current.IsList |= part is CommandSubstitution && !piece.IsKnown;
                Split(piece.Text, piece.IsKnown, state, fields);
                Return(piece);
                break;
            default:
                Append(part, state, fields.Current, quoted: false);
                break;
        }
    }

    /// <summary>Without quotes each value is split once more: <c>set -- 'rm -rf x'; $@</c>.</summary>
    private static void AppendSplit(Value[] values, ShellState state, FieldList fields)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                fields.Finish();
            }

            Split(values[i].Text, values[i].IsKnown, state, fields);
        }
    }

    private static void AppendSeparately(Value[] values, FieldList fields)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                fields.Finish();
            }

            if (values[i].IsKnown)
            {
                fields.Current.Append(values[i].Text);
            }
            else
            {
                fields.Current.AppendUnknown(values[i].Text);
            }

            fields.Current.Exists = true;
        }
    }

    /// <summary>Field splitting (XCU 2.6.5) of a result; a computed one stays whole.</summary>
    private static void Split(string text, bool known, ShellState state, FieldList fields)
    {
        if (!known)
        {
            fields.Current.AppendUnknown(text);
            return;
        }

        fields.Current.HasGlob |= HasGlob(text);
        string separators = DefaultSeparators;
        if (state.Find("IFS") is { IsUnset: false } given)
        {
            separators = given.Text;
            if (!given.Certain)
            {
                fields.Current.AppendUnknown(text);
                return;
            }
        }

        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!separators.Contains(text[i], StringComparison.Ordinal))
            {
                continue;
            }

            fields.Current.Append(text[start..i]);
            // Blanks, then at most one other separator and more blanks, end one field; only the other one ends an empty
            // field.
            for (bool hard = false; i < text.Length && separators.Contains(text[i], StringComparison.Ordinal)
                && (IsBlank(text[i]) || !hard); i++)
            {
                hard |= !IsBlank(text[i]);
                fields.Current.Exists |= hard;
            }

            fields.Finish();
            start = i--;
        }

        fields.Current.Append(text[start..]);
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n';

    private void Append(WordPart part, ShellState state, ValueBuilder into, bool quoted)
    {
        switch (part)
        {
            case Literal literal:
                into.HasGlob |= !quoted && HasGlob(literal.Text);
                into.Append(literal.Text, Verbatim(literal.Start));
                break;
            case Quoted text:
                into.Exists = true;
                into.Append(text.Text, text.Style == QuoteStyle.Single && !IsHereDocument(text)
                    ? Verbatim(text.Start + 1)
                    : Verbatim(text.Start));
                break;
            case DoubleQuoted inner:
                into.Exists = true;
                foreach (WordPart piece in inner.Parts)
                {
                    Append(piece, state, into, quoted: true);
                }

                break;
            case ParameterExpansion parameter:
                AppendParameter(parameter, state, into);
                break;
            case CommandSubstitution substitution:
                string? output = evaluator.EvaluateSubstitution(substitution, state, fixedSpan);
                if (output is null)
                {
                    into.AppendUnknown();
                }
                else
                {
                    into.Append(output.TrimEnd('\n'));
                }

                break;
            case ProcessSubstitution process:
                string? written = evaluator.EvaluateProcess(process, state, fixedSpan);
                into.Append("/dev/fd/63");
                into.Content = written ?? Evaluator.UnknownContent;
                break;
            case ArithmeticExpansion arithmetic:
                AppendNumber(Calculate(arithmetic.Parts, state), into);
                break;
            case ExtendedGlob glob:
                into.HasGlob = true;
                into.AppendUnknown();
                Evaluate(glob.Parts, state);
                break;
        }
    }

    /// <summary>Only for what the substitutions among them do.</summary>
    private void Evaluate(ReadOnlySpan<WordPart> parts, ShellState state)
    {
        ValueBuilder unused = TakeBuilder();
        foreach (WordPart part in parts)
        {
            Append(part, state, unused, quoted: true);
        }

        Return(unused);
    }

    private static void AppendNumber(long? number, ValueBuilder into)
    {
        if (number is { } known)
        {
            into.Append(known.ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            into.AppendUnknown();
        }
    }

    /// <summary>What <c>$((…))</c> and <c>((…))</c> come to; null when that is not known.</summary>
    public long? Calculate(ReadOnlySpan<WordPart> expression, ShellState state)
    {
        ValueBuilder text = TakeBuilder();
        bool quoted = false;
        foreach (WordPart part in expression)
        {
            quoted |= part is Quoted;
            Append(part, state, text, quoted: true);
        }

        session.Spend(text.Length);
        long? value = null;
        if (text.IsKnown && !quoted && !session.IsExhausted)
        {
            value = Arithmetic.Evaluate(text.Text, state, dialect);
        }
        else
        {
            Arithmetic.Forget(text.Text, state);
        }

        Return(text);
        return value;
    }

    /// <summary>A body of a quoted here-document is kept as one quoted part that starts at its own first
    /// character.</summary>
    private static bool IsHereDocument(Quoted text) => text.End - text.Start == text.Text.Length;

    private int Verbatim(int start) => fixedSpan is null ? start : -1;

    private string Display(Word word) =>
        fixedSpan is null && word.Start >= 0 && word.End <= source.Length && word.Start <= word.End
        ? source[word.Start..word.End]
        : Render(word);

    private static string Render(Word word) => Render(word.Parts);

    private static string Render(ReadOnlySpan<WordPart> parts)
    {
        var text = new StringBuilder();
        foreach (WordPart part in parts)
        {
            text.Append(part switch
            {
                Literal literal => literal.Text,
                Quoted quoted => quoted.Text,
                ParameterExpansion parameter => "$" + parameter.Name,
                DoubleQuoted inner => Render(inner.Parts),
                _ => "$(…)",
            });
        }

        return text.ToString();
    }

    private static bool HasGlob(string text) =>
        text.AsSpan().ContainsAny('*', '?')
        || (text.IndexOf('[', StringComparison.Ordinal) is >= 0 and var open && text.IndexOf(']', open) > open);
}
