using System.Buffers;
using System.Globalization;
using System.Text;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Parameter expansion (XCU 2.6.2, and bash's further forms) of what is constant, to one value.</summary>
internal sealed class ParameterExpander(Evaluator evaluator, Expander expander)
{
    private const string DefaultSeparators = " \t\n";

    private readonly EvaluationBudget _budget = evaluator.Session.Budget;

    public void Append(ParameterExpansion parameter, ShellState state, ValueBuilder into)
    {
        if (_budget.IsExhausted)
        {
            into.AppendUnknown();
            return;
        }

        if (ListExpander.IsList(parameter))
        {
            expander.Lists.AppendJoined(parameter, state, into);
            return;
        }

        string? value = ValueOf(parameter, state, out bool certain);
        _budget.Spend(value?.Length ?? 0);
        if (parameter.Length)
        {
            into.Append(value is not null && certain && ParameterOperators.IsCountable(value)
                ? value.Length.ToString(CultureInfo.InvariantCulture)
                : null);
        }
        else if (HasWord(parameter))
        {
            AppendChosen(parameter, state, value, certain, into);
        }
        else
        {
            AppendChanged(parameter, state, value, certain, into);
        }
    }

    private void AppendChosen(ParameterExpansion parameter, ShellState state, string? value, bool certain,
        ValueBuilder into)
    {
        Choice choice = Choose(parameter, state, value, certain);
        Value word = expander.ExpandOne(parameter.Argument, state);
        Settle(parameter, word, choice, value, state);
        switch (choice)
        {
            case Choice.Value:
                into.Append(value!);
                break;
            case Choice.Unsure:
                into.AppendUnknown(word.Text);
                break;
            case Choice.Word:
                into.Append(word);
                break;
            case Choice.Nothing:
                break;
        }
    }

    private void AppendChanged(ParameterExpansion parameter, ShellState state, string? value, bool certain,
        ValueBuilder into)
    {
        if (value is null)
        {
            OperandsOf(parameter, state);
            into.AppendUnknown();
            return;
        }

        if (parameter is { Operator: "@", Argument.BareText: "P" })
        {
            evaluator.Assignments.EvaluatePrompt(Value.Known(value, expander.SpanOf(parameter)), state);
        }

        string? result = Operate(parameter, value, OperandsOf(parameter, state), state);
        if (result is not null && certain)
        {
            into.Append(result);
        }
        else
        {
            into.AppendUnknown(result ?? "");
        }
    }

    public static bool HasWord(ParameterExpansion parameter) =>
        parameter.Operator is ":-" or "-" or ":=" or "=" or ":+" or "+";

    /// <param name="value">Null when the text does not set the parameter: it is most likely unset, but the environment
    /// may hold it.</param>
    public static Choice Choose(ParameterExpansion parameter, ShellState state, string? value, bool certain)
    {
        if (value is null || !certain)
        {
            return Choice.Unsure;
        }

        bool takesWord = IsUnset(parameter, state) || (value.Length == 0 && parameter.Operator[0] == ':');
        if (parameter.Operator is ":+" or "+")
        {
            return takesWord ? Choice.Nothing : Choice.Word;
        }

        return takesWord ? Choice.Word : Choice.Value;
    }

    private static bool IsUnset(ParameterExpansion parameter, ShellState state)
    {
        if (int.TryParse(parameter.Name, out int place))
        {
            return state.Positional is { } positional && place > positional.Length;
        }

        return state.Find(parameter.Name) is { IsUnset: true, Certain: true };
    }

    /// <summary><c>${x:=word}</c> sets the variable.</summary>
    public static void Settle(ParameterExpansion parameter, Value word, Choice choice, string? value, ShellState state)
    {
        if (parameter.Operator is not (":=" or "=") || choice == Choice.Value || !IsPlainName(parameter.Name)
            || parameter.Indirect || parameter.Subscript is not null)
        {
            return;
        }

        if (choice == Choice.Word)
        {
            state.Set(parameter.Name, new Variable(word.Text, word.IsKnown));
        }
        else
        {
            state.Set(parameter.Name, new Variable(value is { Length: > 0 } ? value : word.Text, Certain: false));
        }
    }

    public ParameterOperands OperandsOf(ParameterExpansion parameter, ShellState state)
    {
        bool takesPattern = parameter.Operator is ['#' or '%' or '/' or '^' or ',', ..];
        Value first = takesPattern
            ? ExpandPattern(parameter.Argument, state)
            : expander.ExpandOne(parameter.Argument, state);
        Value? second = parameter.Second is null ? null : expander.ExpandOne(parameter.Second, state);
        return new ParameterOperands(first, second, first.IsKnown && second is null or { IsKnown: true }
            && !BeginsWithTilde(parameter.Second));
    }

    public string? Operate(ParameterExpansion parameter, string value, ParameterOperands operands, ShellState state)
    {
        if (parameter.Operator.Length == 0)
        {
            return value;
        }

        if (!operands.Known)
        {
            return null;
        }

        // A pattern is tried at every place of the value.
        _budget.Spend(value.Length * value.Length / 16);
        return parameter.Operator == ":"
            ? Slice(operands, state, out long offset, out long? length)
            ? ParameterOperators.Substring(value, offset, length)
            : null
            : ParameterOperators.Apply(parameter.Operator, value, operands.First.Text, operands.Second?.Text ?? "");
    }

    /// <summary>The two expressions of <c>${x:offset:length}</c>.</summary>
    public bool Slice(ParameterOperands operands, ShellState state, out long offset, out long? length)
    {
        (offset, length) = (0, null);
        if (!operands.Known || evaluator.Numbers.Evaluate(operands.First.Text, state) is not { } from)
        {
            return false;
        }

        offset = from;
        if (operands.Second is null)
        {
            return true;
        }

        length = evaluator.Numbers.Evaluate(operands.Second.Text, state);
        return length is not null;
    }

    /// <summary>A pattern as text in which quoted characters have a backslash before them.</summary>
    private Value ExpandPattern(Word? word, ShellState state)
    {
        if (word is null)
        {
            return Value.Known("", default);
        }

        ValueBuilder pattern = expander.TakeBuilder();
        if (BeginsWithTilde(word))
        {
            pattern.AppendUnknown();
        }

        foreach (WordPart part in word.Parts)
        {
            // Between double quotes a backslash before `*` stays, and means the same here.
            if (part is not (Quoted or DoubleQuoted) or Quoted { Style: QuoteStyle.Backslash, Text: ['\\', _] })
            {
                expander.Append(part, state, pattern, quoted: true);
                continue;
            }

            ValueBuilder quoted = expander.TakeBuilder();
            expander.Append(part, state, quoted, quoted: true);
            if (quoted.IsKnown)
            {
                pattern.Append(Escape(quoted.Text));
            }
            else
            {
                pattern.AppendUnknown();
            }

            expander.Return(quoted);
        }

        _budget.Spend(pattern.Length);
        Value value = expander.Build(pattern, word);
        expander.Return(pattern);
        return value;
    }

    private static bool BeginsWithTilde(Word? word) =>
        word is not null && word.Parts is [Literal { Text: ['~', ..] }, ..];

    private static readonly SearchValues<char> PatternSigns = SearchValues.Create("*?[]\\!^-");

    private static string Escape(string text)
    {
        if (!text.AsSpan().ContainsAny(PatternSigns))
        {
            return text;
        }

        var escaped = new StringBuilder(text.Length * 2);
        foreach (char c in text)
        {
            escaped.Append('\\').Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>The parameter's value as far as it is known; null when it is not set in the text.</summary>
    public string? ValueOf(ParameterExpansion parameter, ShellState state, out bool certain)
    {
        certain = true;
        if (parameter.Subscript is not null)
        {
            return ElementOf(parameter, state, out certain);
        }

        string name = parameter.Name;
        if (parameter.Indirect)
        {
            if (state.Find(name) is not { Certain: true, IsAttributed: false, Array: null } pointer
                || HasWord(parameter))
            {
                return null;
            }

            name = pointer.Text;
        }

        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
        {
            return PositionalValue(name, state, out certain);
        }

        if (name == "#" && state.Positional is { } counted)
        {
            certain = Array.TrueForAll(counted, value => value.IsKnown);
            return counted.Length.ToString(CultureInfo.InvariantCulture);
        }

        Variable? variable = state.Find(name);
        if (variable is null)
        {
            return name == "IFS" ? DefaultSeparators : null;
        }

        certain = variable.Certain;
        return variable.Array is { Count: > 0 } items ? items[0] : variable.Text;
    }

    private static string? PositionalValue(string name, ShellState state, out bool certain)
    {
        certain = true;
        if (name == "0")
        {
            return state.Find("0")?.Text;
        }

        if (state.Positional is not { } positional || !int.TryParse(name, out int place))
        {
            return null;
        }

        if (place > positional.Length)
        {
            return "";
        }

        certain = positional[place - 1].IsKnown;
        return positional[place - 1].Text;
    }

    private string? ElementOf(ParameterExpansion parameter, ShellState state, out bool certain)
    {
        certain = false;
        Value subscript = expander.ExpandOne(parameter.Subscript, state);
        if (parameter.Indirect || !subscript.IsKnown || evaluator.Numbers.Evaluate(subscript.Text,
            state) is not { } index || state.Find(parameter.Name) is not { } variable)
        {
            return null;
        }

        certain = variable is { Certain: true, IsAttributed: false };
        if (variable.Array is not { } items)
        {
            return index == 0 ? variable.Text : null;
        }

        index = index < 0 ? items.Count + index : index;
        // An element that is not there is unset, and then a word may stand for it.
        certain &= index < items.Count || !HasWord(parameter);
        return index >= 0 && index < items.Count ? items[(int)index] : "";
    }

    private static bool IsPlainName(string name) => name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_');
}
