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
internal sealed class Expander
{
    /// <summary>What makes an unquoted word more than its text.</summary>
    private static readonly SearchValues<char> Expanded = SearchValues.Create("{~*?[");

    private readonly Evaluator _evaluator;
    private readonly EvaluationSession _session;
    private readonly Stack<ValueBuilder> _builders = [];
    private ScratchLists<Value> _fieldLists;

    public Expander(Evaluator evaluator)
    {
        _evaluator = evaluator;
        _session = evaluator.Session;
        Parameters = new ParameterExpander(evaluator, this);
        Lists = new ListExpander(evaluator, this);
    }

    public ParameterExpander Parameters { get; }

    public ListExpander Lists { get; }

    public ValueBuilder TakeBuilder() => _builders.TryPop(out ValueBuilder? spare) ? spare : new ValueBuilder();

    public void Return(ValueBuilder builder)
    {
        builder.Clear();
        _builders.Push(builder);
    }

    /// <summary>A here-string's newline stands in no text: a span ends where the text does.</summary>
    public TextSpan SpanOf(Node node)
    {
        int length = _evaluator.Source.Length;
        return _evaluator.FixedSpan ?? TextSpan.FromBounds(Math.Min(node.Start, length), Math.Min(node.End, length));
    }

    /// <summary>All fields of a list of words: brace expansion, expansion, splitting. Globs stay as they are
    /// written.</summary>
    public Value[] ExpandAll(Word[] words, ShellState state)
    {
        List<Value> fields = _fieldLists.Take();
        _session.Budget.SpendFields(words.Length);
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
    public Value ExpandOne(Word? word, ShellState state) => ExpandOne(word, state, isFile: false);

    /// <summary>The file that a redirection names: a pattern in it means the one file it matches.</summary>
    public Value ExpandFile(Word? word, ShellState state) => ExpandOne(word, state, isFile: true);

    private Value ExpandOne(Word? word, ShellState state, bool isFile)
    {
        if (word is null)
        {
            return Value.Known("", default);
        }

        _session.Budget.Spend(1);
        if (word.Parts is [Literal only])
        {
            return Value.Known(
                only.Text, SpanOf(word), Verbatim(only.Start), isFile && Value.MayMatchNames(only.Text));
        }

        ValueBuilder builder = TakeBuilder();
        foreach (WordPart part in word.Parts)
        {
            Append(part, state, builder, quoted: !isFile);
        }

        _session.Budget.Spend(builder.Length);
        Value value = Build(builder, word);
        Return(builder);
        return value;
    }

    public Value Build(ValueBuilder builder, Word word) =>
        builder.IsKnown ? builder.BuildKnown(SpanOf(word)) : builder.BuildComputed(Display(word), SpanOf(word));

    public void SpendField(int length)
    {
        _session.Budget.SpendFields(1);
        _session.Budget.Spend(length);
    }

    private void Expand(Word word, ShellState state, List<Value> fields)
    {
        if (_evaluator.Dialect == ShellDialect.Posix || !BraceExpansion.MayExpand(word))
        {
            ExpandFields(word, word, state, fields);
            return;
        }

        if (_session.Budget.IsExhausted || BraceExpansion.Expand(word) is not { } words)
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
        if (_session.Budget.IsExhausted)
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

    public void AppendSplitting(WordPart part, ShellState state, FieldList fields)
    {
        switch (part)
        {
            case Literal literal:
                fields.Current.HasGlob |= Value.MayMatchNames(literal.Text);
                fields.Current.Append(literal.Text, Verbatim(literal.Start));
                break;
            case ParameterExpansion { Length: false } parameter
                when ParameterExpander.HasWord(parameter) && !_session.Budget.IsExhausted:
                Lists.AppendChosenFields(parameter, state, fields);
                break;
            case ParameterExpansion list when ListExpander.IsList(list)
                && Lists.ElementsOf(list, state) is { } values:
                fields.AppendSplit(values, state);
                break;
            case DoubleQuoted quoted:
                Lists.AppendQuotedFields(quoted, state, fields);
                break;
            case ParameterExpansion or CommandSubstitution or ArithmeticExpansion:
                ValueBuilder piece = TakeBuilder();
                Append(part, state, piece, quoted: false);
                fields.Current.IsList |= part is CommandSubstitution && !piece.IsKnown;
                fields.AppendSplit(piece.Text, piece.IsKnown, state);
                Return(piece);
                break;
            default:
                Append(part, state, fields.Current, quoted: false);
                break;
        }
    }

    public void Append(WordPart part, ShellState state, ValueBuilder into, bool quoted)
    {
        switch (part)
        {
            case Literal literal:
                into.HasGlob |= !quoted && Value.MayMatchNames(literal.Text);
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
                Parameters.Append(parameter, state, into);
                break;
            case CommandSubstitution substitution:
                string? output = _evaluator.Walker.Evaluate(substitution, state);
                into.Append(output?.TrimEnd('\n'));
                break;
            case ProcessSubstitution process:
                string? written = _evaluator.Walker.Evaluate(process, state);
                into.Append("/dev/fd/63");
                into.Content = new ProcessContent(written);
                break;
            case ArithmeticExpansion arithmetic:
                into.Append(Calculate(arithmetic.Parts, state)?.ToString(CultureInfo.InvariantCulture));
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

        _session.Budget.Spend(text.Length);
        long? value = null;
        if (text.IsKnown && !quoted && !_session.Budget.IsExhausted)
        {
            value = _evaluator.Numbers.Evaluate(text.Text, state);
        }
        else
        {
            _evaluator.Numbers.Forget(text.Text, state);
        }

        Return(text);
        return value;
    }

    /// <summary>A body of a quoted here-document is kept as one quoted part that starts at its own first
    /// character.</summary>
    private static bool IsHereDocument(Quoted text) => text.End - text.Start == text.Text.Length;

    private int Verbatim(int start) => _evaluator.FixedSpan is null ? start : -1;

    private string Display(Word word)
    {
        string source = _evaluator.Source;
        return _evaluator.FixedSpan is null && word.Start >= 0 && word.End <= source.Length && word.Start <= word.End
            ? source[word.Start..word.End]
            : Render(word.Parts);
    }

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
}
