using System.Buffers;
using System.Globalization;
using System.Text;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Parameter expansion (XCU 2.6.2, and bash's further forms) of what is constant, to one value.</summary>
internal sealed partial class Expander
{
    /// <summary>What <c>${x:-word}</c> and its kin stand for.</summary>
    private enum Choice
    {
        Value,
        Word,
        Nothing,

        /// <summary>The value or the word, which only the environment can tell.</summary>
        Unsure,
    }

    private void AppendParameter(ParameterExpansion parameter, ShellState state, ValueBuilder into)
    {
        if (session.IsExhausted)
        {
            into.AppendUnknown();
            return;
        }

        if (IsList(parameter))
        {
            AppendJoined(parameter, state, into);
            return;
        }

        string? value = ValueOf(parameter, state, out bool certain);
        session.Spend(value?.Length ?? 0);
        if (parameter.Length)
        {
            if (value is not null && certain && ParameterOperators.IsCountable(value))
            {
                into.Append(value.Length.ToString(CultureInfo.InvariantCulture));
            }
            else
            {
                into.AppendUnknown();
            }

            return;
        }

        if (HasWord(parameter))
        {
            Choice choice = Choose(parameter, state, value, certain);
            Value word = ExpandOne(parameter.Argument, state);
            Settle(parameter, word, choice, value, state);
            if (choice == Choice.Value)
            {
                into.Append(value!);
            }
            else if (choice == Choice.Unsure)
            {
                into.AppendUnknown(word.Text);
            }
            else if (choice == Choice.Word)
            {
                AppendValue(word, into);
            }

            return;
        }

        if (value is not null && parameter is { Operator: "@", Argument.BareText: "P" })
        {
            evaluator.EvaluatePrompt(Value.Known(value, SpanOf(parameter)), state);
        }

        string? result = value is null ? null : Operate(parameter, value, OperandsOf(parameter, state), state);
        if (value is null)
        {
            OperandsOf(parameter, state);
        }

        if (result is not null && certain)
        {
            into.Append(result);
        }
        else
        {
            into.AppendUnknown(result ?? "");
        }
    }

    private static bool HasWord(ParameterExpansion parameter) =>
        parameter.Operator is ":-" or "-" or ":=" or "=" or ":+" or "+";

    /// <param name="value">Null when the text does not set the parameter: it is most likely unset, but the environment
    /// may hold it.</param>
    private static Choice Choose(ParameterExpansion parameter, ShellState state, string? value, bool certain)
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
    private static void Settle(ParameterExpansion parameter, Value word, Choice choice, string? value, ShellState state)
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

    private static void AppendValue(Value value, ValueBuilder into)
    {
        if (value.IsKnown)
        {
            into.Append(value.Text);
        }
        else
        {
            into.AppendUnknown(value.Text);
        }
    }

    /// <summary>The words behind an operator; substitutions inside them run, whatever becomes of the value.</summary>
    private readonly record struct Operands(Value First, Value? Second, bool Known);

    private Operands OperandsOf(ParameterExpansion parameter, ShellState state)
    {
        bool takesPattern = parameter.Operator is ['#' or '%' or '/' or '^' or ',', ..];
        Value first = takesPattern ? ExpandPattern(parameter.Argument, state) : ExpandOne(parameter.Argument, state);
        Value? second = parameter.Second is null ? null : ExpandOne(parameter.Second, state);
        return new Operands(first, second, first.IsKnown && second is null or { IsKnown: true }
            && !BeginsWithTilde(parameter.Second));
    }

    private string? Operate(ParameterExpansion parameter, string value, Operands operands, ShellState state)
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
        session.Spend(value.Length * value.Length / 16);
        return parameter.Operator == ":"
            ? Slice(operands, state, out long offset, out long? length)
            ? ParameterOperators.Substring(value, offset, length)
            : null
            : ParameterOperators.Apply(parameter.Operator, value, operands.First.Text, operands.Second?.Text ?? "");
    }

    /// <summary>The two expressions of <c>${x:offset:length}</c>.</summary>
    private bool Slice(Operands operands, ShellState state, out long offset, out long? length)
    {
        (offset, length) = (0, null);
        if (!operands.Known || Arithmetic.Evaluate(operands.First.Text, state, dialect) is not { } from)
        {
            return false;
        }

        offset = from;
        if (operands.Second is null)
        {
            return true;
        }

        length = Arithmetic.Evaluate(operands.Second.Text, state, dialect);
        return length is not null;
    }

    /// <summary>A pattern as text in which quoted characters have a backslash before them.</summary>
    private Value ExpandPattern(Word? word, ShellState state)
    {
        if (word is null)
        {
            return Value.Known("", default);
        }

        ValueBuilder pattern = TakeBuilder();
        if (BeginsWithTilde(word))
        {
            pattern.AppendUnknown();
        }

        foreach (WordPart part in word.Parts)
        {
            // Between double quotes a backslash before `*` stays, and means the same here.
            if (part is not (Quoted or DoubleQuoted) or Quoted { Style: QuoteStyle.Backslash, Text: ['\\', _] })
            {
                Append(part, state, pattern, quoted: true);
                continue;
            }

            ValueBuilder quoted = TakeBuilder();
            Append(part, state, quoted, quoted: true);
            if (quoted.IsKnown)
            {
                pattern.Append(Escape(quoted.Text));
            }
            else
            {
                pattern.AppendUnknown();
            }

            Return(quoted);
        }

        session.Spend(pattern.Length);
        Value value = Build(pattern, word);
        Return(pattern);
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
    private string? ValueOf(ParameterExpansion parameter, ShellState state, out bool certain)
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
        Value subscript = ExpandOne(parameter.Subscript, state);
        if (parameter.Indirect || !subscript.IsKnown || Arithmetic.Evaluate(subscript.Text, state,
            dialect) is not { } index || state.Find(parameter.Name) is not { } variable)
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
