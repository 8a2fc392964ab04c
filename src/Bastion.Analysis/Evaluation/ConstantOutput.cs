using System.Collections.Frozen;
using System.Globalization;
using System.Text;
using Bastion.Analysis.Programs;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>What simple text tools print when all they are given is constant. Null: not known.</summary>
internal static class ConstantOutput
{
    private static readonly FrozenSet<string> Known = FrozenSet.ToFrozenSet(
    [
        "echo", "printf", ":", "true", "false", "test", "[", "sleep", "mkdir", "touch", "chmod", "basename", "dirname", "cat", "tee",
        "rev", "tac", "tr", "base64", "base32", "openssl", "xxd", "cut", "sed",
    ]);

    public static string? Of(string name, Value[] fields, StandardInput input, ShellState state)
    {
        if (!Known.Contains(name))
            return null;
        for (var i = 1; i < fields.Length; i++)
        {
            if (!fields[i].IsKnown || (fields[i].HasGlob && name is not ("sed" or "tr")))
                return null;
        }
        if (name is ":" or "true" or "false" or "test" or "[" or "sleep" or "mkdir" or "touch" or "chmod")
            return "";
        var arguments = Array.ConvertAll(fields[1..], field => field.Text);
        switch (name)
        {
            case "echo":
                return Echo(arguments);
            case "printf":
                return Printf(arguments, state);
            case "basename" when arguments.Length is 1 or 2:
                return TrimSuffix(ProgramNames.BaseName(arguments[0]), arguments.Length == 2 ? arguments[1] : "") + "\n";
            case "dirname" when arguments is [var path]:
                return path.LastIndexOf('/') is > 0 and var slash ? path[..slash] + "\n" : null;
            case "cat" or "tee":
                return Cat(name, fields, arguments, input, state);
        }
        return Input(fields, arguments, input, state, out var options) is { } text ? Filters.Apply(name, options, text) : null;
    }

    /// <summary>The text a filter reads: its input, or the one file that this text has written.</summary>
    private static string? Input(Value[] fields, string[] arguments, StandardInput input, ShellState state, out string[] options)
    {
        options = arguments;
        if (arguments is [.., var last] && fields[^1].Content is { } content && content != Evaluator.UnknownContent)
        {
            options = arguments[..^1];
            return content;
        }
        if (arguments is [.., var file] && file.StartsWith('/') && state.TryGetFile(Evaluator.FullPath(file, state), out var written))
        {
            options = arguments[..^1];
            return written;
        }
        return input.Kind == InputKind.Known ? input.Text : null;
    }

    private static string? Cat(string name, Value[] fields, string[] arguments, StandardInput input, ShellState state)
    {
        if (name == "tee" || arguments.All(argument => argument is "-" or "-u"))
            return input.Kind == InputKind.Known ? input.Text : null;
        var all = "";
        for (var i = 0; i < arguments.Length; i++)
        {
            string? content = null;
            if (fields[i + 1].Content is { } given)
                content = given == Evaluator.UnknownContent ? null : given;
            else if (arguments[i] == "-" || StandardInput.IsName(arguments[i]))
                content = input.Kind == InputKind.Known ? input.Text : null;
            else if (arguments[i] == "/dev/null")
                content = "";
            else if (state.TryGetFile(Evaluator.FullPath(arguments[i], state), out var written))
                content = written;
            if (content is null)
                return null;
            all += content;
        }
        return all;
    }

    private static string Echo(string[] arguments)
    {
        bool newline = true, escapes = false;
        var at = 0;
        while (at < arguments.Length && arguments[at] is ['-', _, ..] option && option.AsSpan(1).IndexOfAnyExcept("neE") < 0)
        {
            newline &= !option.Contains('n', StringComparison.Ordinal);
            escapes = option.LastIndexOf('e') > option.LastIndexOf('E') || (escapes && !option.Contains('E', StringComparison.Ordinal));
            at++;
        }
        var text = string.Join(' ', arguments[at..]);
        return (escapes ? Unescape(text, echo: true, out _) : text) + (newline ? "\n" : "");
    }

    private static string Unescape(string text, bool echo, out bool stopped)
    {
        var result = new StringBuilder(text.Length);
        stopped = false;
        for (var i = 0; i < text.Length;)
        {
            if (text[i] != '\\' || i + 1 >= text.Length)
                result.Append(text[i++]);
            else if (text[i + 1] == 'c')
            {
                stopped = true;
                break;
            }
            else
                i = AnsiEscapes.Decode(text, i, result, echo);
        }
        return result.ToString();
    }

    /// <summary>printf: the format is used again until the arguments are used up.</summary>
    private static string? Printf(string[] arguments, ShellState state)
    {
        var at = 0;
        string? variable = null;
        if (arguments is ["-v", var name, ..])
        {
            variable = name;
            at = 2;
        }
        if (at < arguments.Length && arguments[at] == "--")
            at++;
        if (at >= arguments.Length)
            return null;
        var format = arguments[at++];
        var result = new StringBuilder();
        do
        {
            var before = at;
            if (!Format(format, arguments, ref at, result))
                return null;
            if (at == before)
                break;
        }
        while (at < arguments.Length);
        if (variable is null)
            return result.ToString();
        state.Set(variable, new Variable(result.ToString(), Certain: true));
        return "";
    }

    private static bool Format(string format, string[] arguments, ref int at, StringBuilder result)
    {
        for (var i = 0; i < format.Length;)
        {
            if (format[i] == '\\' && i + 1 < format.Length)
            {
                i = AnsiEscapes.Decode(format, i, result);
                continue;
            }
            if (format[i] != '%')
            {
                result.Append(format[i++]);
                continue;
            }
            var end = i + 1;
            while (end < format.Length && "-+ #0123456789.".Contains(format[end], StringComparison.Ordinal))
                end++;
            if (end >= format.Length)
                return false;
            var flags = format[(i + 1)..end];
            i = end + 1;
            if (format[end] == '%')
                result.Append('%');
            else if (!Convert(format[end], flags, at < arguments.Length ? arguments[at++] : "", result))
                return false;
        }
        return true;
    }

    private static bool Convert(char conversion, string flags, string argument, StringBuilder result)
    {
        switch (conversion)
        {
            case 's' or 'b':
                var text = conversion == 'b' ? Unescape(argument, echo: true, out _) : argument;
                var dot = flags.IndexOf('.', StringComparison.Ordinal);
                if (dot >= 0)
                    text = int.TryParse(flags[(dot + 1)..], out var most) ? text[..Math.Min(text.Length, most)] : "";
                result.Append(Padded(text, flags));
                return true;
            case 'c':
                result.Append(argument.Length > 0 ? argument[..1] : "");
                return true;
            case 'd' or 'i' or 'u':
                result.Append(Padded(argument.Length == 0 ? "0" : argument, flags));
                return true;
            case 'x' or 'X' or 'o' when long.TryParse(argument, CultureInfo.InvariantCulture, out var number):
                result.Append(conversion == 'o' ? System.Convert.ToString(number, 8) : number.ToString(conversion == 'x' ? "x" : "X", CultureInfo.InvariantCulture));
                return true;
            case 'q':
                result.Append(Quoting.Quote(argument));
                return true;
            default:
                return false;
        }
    }

    /// <summary><c>%5s</c>, <c>%-5s</c>, <c>%03d</c>.</summary>
    private static string Padded(string text, string flags)
    {
        var digits = flags.AsSpan().TrimStart("-+ #0");
        var dot = digits.IndexOf('.');
        if (!int.TryParse(dot < 0 ? digits : digits[..dot], out var width) || width > MaxWidth)
            return text;
        if (flags.Contains('-', StringComparison.Ordinal))
            return text.PadRight(width);
        return text.PadLeft(width, flags.TrimStart('+', ' ', '#').StartsWith('0') ? '0' : ' ');
    }

    /// <summary>Wider padding is nobody's everyday output.</summary>
    private const int MaxWidth = 1024;

    private static string TrimSuffix(string text, string suffix) =>
        suffix.Length > 0 && text.Length > suffix.Length && text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;
}
