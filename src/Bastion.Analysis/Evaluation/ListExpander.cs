using System.Globalization;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Expansions to several values: the positional parameters and arrays, whole, in part, or each element
/// changed.</summary>
internal sealed class ListExpander(Evaluator evaluator, Expander expander)
{
    private readonly EvaluationBudget _budget = evaluator.Session.Budget;

    /// <summary><c>$@</c>, <c>${*…}</c>, <c>${a[@]…}</c>.</summary>
    public static bool IsList(ParameterExpansion parameter) =>
        parameter.Subscript is null
        ? !parameter.Indirect && parameter.Name is "@" or "*"
        : parameter.Subscript.BareText is "@" or "*";

    /// <summary>Between double quotes each value stays a field of its own.</summary>
    private static bool IsSeparate(WordPart part) =>
        part is ParameterExpansion { Length: false } parameter && IsList(parameter)
        && (parameter.Subscript?.BareText ?? parameter.Name) == "@";

    /// <summary>The values, before any operator; null when they are not known at all.</summary>
    private Value[]? ItemsOf(ParameterExpansion parameter, ShellState state, out bool certain)
    {
        certain = false;
        if (parameter.Subscript is null)
        {
            certain = state.Positional is { } all && Array.TrueForAll(all, value => value.IsKnown);
            return state.Positional;
        }

        if (state.Find(parameter.Name) is not { Array: { } items } variable)
        {
            return null;
        }

        certain = variable is { Certain: true, IsAttributed: false };
        _budget.SpendFields(items.Count);
        if (!parameter.Indirect)
        {
            return [.. items.Select(item => Value.Known(item, expander.SpanOf(parameter)))];
        }

        return [.. Enumerable.Range(0, items.Count)
            .Select(place => Value.Known(place.ToString(CultureInfo.InvariantCulture), expander.SpanOf(parameter)))];
    }

    /// <summary>The values after the operator; null when they, or how many they are, are not known.</summary>
    public Value[]? ElementsOf(ParameterExpansion parameter, ShellState state)
    {
        if (parameter.Length || ParameterExpander.HasWord(parameter)
            || ItemsOf(parameter, state, out bool certain) is not { } items
            || (!certain && parameter.Subscript is not null))
        {
            return null;
        }

        if (parameter.Operator.Length == 0)
        {
            return items;
        }

        // POSIX leaves open what `${@#x}` is, and dash takes it for one value.
        if (evaluator.Dialect == ShellDialect.Posix)
        {
            return null;
        }

        ParameterOperands operands = expander.Parameters.OperandsOf(parameter, state);
        if (parameter.Operator == ":")
        {
            return SliceOf(parameter, items, operands, state);
        }

        var changed = new Value[items.Length];
        for (int i = 0; i < items.Length; i++)
        {
            if (!items[i].IsKnown
                || expander.Parameters.Operate(parameter, items[i].Text, operands, state) is not { } text)
            {
                return null;
            }

            changed[i] = Value.Known(text, expander.SpanOf(parameter));
        }

        return changed;
    }

    /// <summary><c>${a[@]:offset:length}</c>; among the positional parameters the first has the place 1.</summary>
    private Value[]? SliceOf(ParameterExpansion parameter, Value[] items, ParameterOperands operands, ShellState state)
    {
        if (!expander.Parameters.Slice(operands, state, out long offset, out long? length) || length < 0)
        {
            return null;
        }

        int first = parameter.Subscript is null ? 1 : 0;
        long start = offset < 0 ? items.Length + first + offset : offset;
        if (start < 0)
        {
            return [];
        }

        // The place before the first is the shell's own name.
        if (start < first)
        {
            return length == 0 ? [] : null;
        }

        start = Math.Min(start - first, items.Length);
        long end = length is { } most ? start + Math.Min(most, items.Length - start) : items.Length;
        return items[(int)start..(int)end];
    }

    /// <summary>Where only one value has room: an assignment, a here-document, <c>"${a[*]}"</c>.</summary>
    public void AppendJoined(ParameterExpansion parameter, ShellState state, ValueBuilder into)
    {
        Value[]? items = ItemsOf(parameter, state, out bool certain);
        if (parameter.Length)
        {
            if (items is not null && certain)
            {
                into.Append(items.Length.ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                into.AppendUnknown();
            }

            return;
        }

        string? separator = (parameter.Subscript?.BareText ?? parameter.Name) == "*" ? JoiningSeparator(state) : " ";
        string joined = items is null ? "" : string.Join(separator ?? " ", items.Select(item => item.Text));
        if (ParameterExpander.HasWord(parameter))
        {
            AppendChosen(parameter, state, items is null || !certain || separator is null
                ? null
                : joined, items is { Length: 0 }, into);
            return;
        }

        Value[]? elements = separator is null ? null : ElementsOf(parameter, state);
        if (elements is null)
        {
            into.AppendUnknown(parameter.Operator.Length == 0 ? joined : "");
            return;
        }

        for (int i = 0; i < elements.Length; i++)
        {
            into.Append(i == 0 ? "" : separator!);
            into.Append(elements[i]);
        }
    }

    private void AppendChosen(ParameterExpansion parameter, ShellState state, string? joined, bool isEmpty,
        ValueBuilder into)
    {
        Value word = expander.ExpandOne(parameter.Argument, state);
        bool takesWord = isEmpty || (joined is { Length: 0 } && parameter.Operator[0] == ':');
        bool isAlternative = parameter.Operator is ":+" or "+";
        if (joined is null)
        {
            into.AppendUnknown(word.Text);
        }
        else if (takesWord != isAlternative)
        {
            into.Append(word);
        }
        else if (!isAlternative)
        {
            into.Append(joined);
        }
    }

    /// <summary><c>${x:-word}</c> without quotes: what stands in the word is split, but for what is quoted
    /// there.</summary>
    public void AppendChosenFields(ParameterExpansion parameter, ShellState state, FieldList fields)
    {
        string? value;
        bool certain;
        Value[]? items = null;
        if (IsList(parameter))
        {
            items = ItemsOf(parameter, state, out certain);
            value = items is null ? null : string.Join(' ', items.Select(item => item.Text));
        }
        else
        {
            value = expander.Parameters.ValueOf(parameter, state, out certain);
        }

        Choice choice = items is { Length: 0 } && certain
            ? parameter.Operator is ":+" or "+" ? Choice.Nothing : Choice.Word
            : ParameterExpander.Choose(parameter, state, value, certain);
        if (choice == Choice.Value && items is not null)
        {
            fields.AppendSplit(items, state);
        }
        else if (choice == Choice.Value)
        {
            fields.AppendSplit(value!, known: true, state);
        }
        else if (choice == Choice.Word && parameter.Operator is not (":=" or "="))
        {
            AppendWordFields(parameter.Argument, state, fields);
        }
        else if (choice != Choice.Nothing)
        {
            Value word = expander.ExpandOne(parameter.Argument, state);
            ParameterExpander.Settle(parameter, word, choice, value, state);
            fields.AppendSplit(word.Text,
                choice == Choice.Word && word.IsKnown && parameter.Argument?.BareText is not null, state);
        }
    }

    private void AppendWordFields(Word? word, ShellState state, FieldList fields)
    {
        if (word is null)
        {
            return;
        }

        foreach (WordPart part in word.Parts)
        {
            if (part is Literal literal)
            {
                fields.AppendSplit(literal.Text, known: true, state);
            }
            else
            {
                expander.AppendSplitting(part, state, fields);
            }
        }
    }

    /// <summary>Between double quotes: <c>"x$@y"</c> is as many fields as there are values.</summary>
    public void AppendQuotedFields(DoubleQuoted quoted, ShellState state, FieldList fields)
    {
        bool separate = false;
        foreach (WordPart part in quoted.Parts)
        {
            if (IsSeparate(part) && ElementsOf((ParameterExpansion)part, state) is { } elements)
            {
                separate = true;
                fields.AppendSeparately(elements);
            }
            else if (part is ParameterExpansion parameter && ParameterExpander.HasWord(parameter)
                && (IsSeparate(part) || HasSeparate(parameter.Argument)))
            {
                fields.Current.AppendUnknown(expander.ExpandOne(parameter.Argument, state).Text);
            }
            else
            {
                expander.Append(part, state, fields.Current, quoted: true);
            }
        }

        // `"$@$x"` without any value: bash makes no field of it, dash an empty one.
        fields.Current.Exists |= !separate || (evaluator.Dialect == ShellDialect.Posix && quoted.Parts.Length > 1);
    }

    private static bool HasSeparate(Word? word)
    {
        if (word is null)
        {
            return false;
        }

        foreach (WordPart part in word.Parts)
        {
            if (IsSeparate(part) || (part is DoubleQuoted quoted && Array.Exists(quoted.Parts.ToArray(), IsSeparate)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What <c>"$*"</c> puts between the values: the first character of IFS; null when that is not
    /// known.</summary>
    private static string? JoiningSeparator(ShellState state) => state.Find("IFS") switch
    {
        null => " ",
        { Certain: false } => null,
        { IsUnset: true } => " ",
        { Text: "" } => "",
        var separators => separators.Text[..1],
    };
}
