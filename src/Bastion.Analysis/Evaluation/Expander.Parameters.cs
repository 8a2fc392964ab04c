using System.Globalization;
using System.Text;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Parameter expansion (XCU 2.6.2, and bash's further forms) of what is constant.</summary>
internal sealed partial class Expander
{
    private void AppendParameter(ParameterExpansion parameter, ShellState state, ValueBuilder into)
    {
        if (session.IsExhausted)
        {
            into.AppendUnknown();
            return;
        }
        var value = ValueOf(parameter, state, out var certain);
        session.Spend(value?.Length ?? 0);
        if (parameter.Length)
        {
            if (parameter.Subscript?.BareText is "@" or "*" && state.Find(parameter.Name) is { Array: { } counted, Certain: true })
                into.Append(counted.Count.ToString(CultureInfo.InvariantCulture));
            else if (value is not null && certain)
                into.Append(value.Length.ToString(CultureInfo.InvariantCulture));
            else
                into.AppendUnknown();
            return;
        }
        switch (parameter.Operator)
        {
            case ":-" or "-" or ":=" or "=":
                AppendDefault(parameter, state, value, certain, into);
                return;
            case ":+" or "+":
                var other = ExpandOne(parameter.Argument, state);
                var isUnset = state.Find(parameter.Name) is { IsUnset: true, Certain: true };
                if (value is not null && certain && (isUnset || (value.Length == 0 && parameter.Operator == ":+")))
                    return;
                if (value is not null && certain)
                    AppendValue(other, into);
                else
                    into.AppendUnknown(other.Text);
                return;
        }
        // Substitutions inside the operands run, whatever becomes of the value.
        var argument = parameter.Argument is null ? null : ExpandOne(parameter.Argument, state);
        var second = parameter.Second is null ? null : ExpandOne(parameter.Second, state);
        if (value is null)
        {
            into.AppendUnknown();
            return;
        }
        var result = Apply(parameter.Operator, value, argument, second);
        if (result is not null && certain)
            into.Append(result);
        else
            into.AppendUnknown(result ?? "");
    }

    private void AppendDefault(ParameterExpansion parameter, ShellState state, string? value, bool certain, ValueBuilder into)
    {
        var fallback = ExpandOne(parameter.Argument, state);
        var isUnset = state.Find(parameter.Name) is { IsUnset: true, Certain: true };
        if (value is not null && certain && !isUnset && (value.Length > 0 || parameter.Operator[0] != ':'))
        {
            into.Append(value);
            return;
        }
        // A variable the text does not set is most likely unset, but the environment may hold it.
        var unset = (value is null || isUnset) && IsPlainName(parameter.Name);
        var takesOver = unset || (value is { Length: 0 } && parameter.Operator == ":=");
        if (takesOver && parameter.Operator is ":=" or "=")
            state.Set(parameter.Name, new Variable(fallback.Text, Certain: fallback.IsKnown && value is not null && certain));
        if (value is { Length: 0 } && certain)
            AppendValue(fallback, into);
        else
            into.AppendUnknown(fallback.Text);
    }

    private static void AppendValue(Value value, ValueBuilder into)
    {
        if (value.IsKnown)
            into.Append(value.Text);
        else
            into.AppendUnknown(value.Text);
    }

    /// <summary>The parameter's value as far as it is known; null when it is not set in the text.</summary>
    private string? ValueOf(ParameterExpansion parameter, ShellState state, out bool certain)
    {
        certain = true;
        if (parameter.Subscript is not null)
            return ElementOf(parameter, state, out certain);
        var name = parameter.Name;
        if (parameter.Indirect)
        {
            if (state.Find(name) is not { Certain: true } pointer)
                return null;
            name = pointer.Text;
        }
        if (name.Length > 0 && char.IsAsciiDigit(name[0]))
            return PositionalValue(name, state, out certain);
        if (name is "@" or "*" && state.Positional is { } all)
        {
            certain = Array.TrueForAll(all, value => value.IsKnown);
            return string.Join(name == "*" ? JoiningSeparator(state) : " ", all.Select(value => value.Text));
        }
        if (name == "#" && state.Positional is { } counted)
            return counted.Length.ToString(CultureInfo.InvariantCulture);
        var variable = state.Find(name);
        if (variable is null)
            return name == "IFS" ? DefaultSeparators : null;
        certain = variable.Certain;
        return variable.Array is { Count: > 0 } items ? items[0] : variable.Text;
    }

    /// <summary>What <c>"$*"</c> puts between the values: the first character of IFS.</summary>
    private static string JoiningSeparator(ShellState state) => state.Find("IFS") is { } separators ? separators.Text.Length == 0 ? "" : separators.Text[..1] : " ";

    private static string? PositionalValue(string name, ShellState state, out bool certain)
    {
        certain = true;
        if (name == "0")
            return state.Find("0")?.Text;
        if (state.Positional is not { } positional || !int.TryParse(name, out var place))
            return null;
        if (place > positional.Length)
            return "";
        certain = positional[place - 1].IsKnown;
        return positional[place - 1].Text;
    }

    private string? ElementOf(ParameterExpansion parameter, ShellState state, out bool certain)
    {
        certain = true;
        var subscript = ExpandOne(parameter.Subscript, state);
        if (state.Find(parameter.Name) is not { Array: { } items } variable)
            return null;
        certain = variable.Certain && subscript.IsKnown;
        if (subscript.Text is "@" or "*")
            return string.Join(' ', items);
        if (!int.TryParse(subscript.Text, out var index))
            return null;
        index = index < 0 ? items.Count + index : index;
        return index >= 0 && index < items.Count ? items[index] : "";
    }

    private static string? Apply(string symbol, string value, Value? argument, Value? second)
    {
        if (argument is { IsKnown: false } || second is { IsKnown: false })
            return null;
        var pattern = argument?.Text ?? "";
        switch (symbol)
        {
            case "" or ":?" or "?":
                return value;
            case ":":
                return Substring(value, pattern, second?.Text);
            case "#" or "##":
                return ShellPattern.RemovePrefix(value, pattern, longest: symbol == "##");
            case "%" or "%%":
                return ShellPattern.RemoveSuffix(value, pattern, longest: symbol == "%%");
            case "/" or "//" or "/#" or "/%":
                return ShellPattern.Replace(value, pattern, second?.Text ?? "", symbol);
            case "^" or "^^" or "," or ",,":
                return ChangeCase(value, symbol);
            case "@":
                return pattern switch
                {
                    "U" => value.ToUpperInvariant(),
                    "L" => value.ToLowerInvariant(),
                    "u" => ChangeCase(value, "^"),
                    "E" => Unescape(value),
                    "P" or "Q" or "A" or "K" or "a" or "k" => null,
                    _ => null,
                };
            default:
                return null;
        }
    }

    private static string? Substring(string value, string offsetText, string? lengthText)
    {
        if (!long.TryParse(offsetText.Trim().Trim('(', ')'), out var offset))
            return null;
        var start = offset < 0 ? value.Length + offset : offset;
        if (start < 0 || start > value.Length)
            return "";
        if (lengthText is null)
            return value[(int)start..];
        if (!long.TryParse(lengthText.Trim(), out var length))
            return null;
        var end = length < 0 ? value.Length + length : Math.Min(value.Length, start + length);
        return end <= start ? "" : value[(int)start..(int)end];
    }

    private static string ChangeCase(string value, string symbol)
    {
        if (value.Length == 0)
            return value;
        return symbol switch
        {
            "^^" => value.ToUpperInvariant(),
            ",," => value.ToLowerInvariant(),
            "^" => char.ToUpperInvariant(value[0]) + value[1..],
            _ => char.ToLowerInvariant(value[0]) + value[1..],
        };
    }

    private static string Unescape(string value)
    {
        var text = new StringBuilder();
        for (var i = 0; i < value.Length;)
        {
            if (value[i] == '\\' && i + 1 < value.Length)
                i = AnsiEscapes.Decode(value, i, text);
            else
                text.Append(value[i++]);
        }
        return text.ToString();
    }

    private static bool IsPlainName(string name) => name.Length > 0 && (char.IsAsciiLetter(name[0]) || name[0] == '_');
}
