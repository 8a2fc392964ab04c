using System.Buffers;
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
        "echo", "printf", ":", "true", "false", "test", "[", "sleep", "mkdir", "touch", "chmod", "basename", "dirname",
        "cat", "tee",
        "rev", "tac", "tr", "base64", "base32", "openssl", "xxd", "cut", "sed",
    ]);

    /// <summary>The program does not read standard input, so that the next one can.</summary>
    public static bool LeavesInput(string name) =>
        name is "echo" or "printf" or ":" or "true" or "false" or "test" or "[" or "sleep" or "mkdir" or "touch"
        or "chmod" or "basename" or "dirname";

    public static string? Of(string name, Value[] fields, StandardInput input, ShellState state,
        WrittenFiles files, ShellDialect dialect)
    {
        if (!Known.Contains(name))
        {
            return null;
        }

        for (int i = 1; i < fields.Length; i++)
        {
            if (!fields[i].IsKnown || (fields[i].HasGlob && name is not ("sed" or "tr")))
            {
                return null;
            }
        }

        if (name is ":" or "true" or "false" or "test" or "[" or "sleep" or "mkdir" or "touch" or "chmod")
        {
            return "";
        }

        string[] arguments = Array.ConvertAll(fields[1..], field => field.Text);
        switch (name)
        {
            case "echo":
                return Echo(arguments, dialect);
            case "printf":
                return Printf(arguments, state, dialect);
            case "basename" when arguments.Length is 1 or 2:
                return TrimSuffix(ProgramNames.BaseName(arguments[0]), arguments.Length == 2 ? arguments[1] : "")
                    + "\n";
            case "dirname" when arguments is [var path]:
                return Directory(path) + "\n";
            case "cat" or "tee":
                return Cat(name, fields, input, state, files);
        }

        return Input(fields, arguments, input, state, files, out string[]? options) is { } text
            ? Filters.Apply(name, options, text)
            : null;
    }

    /// <summary>The text a filter reads: its input, or the one file that this text has written.</summary>
    private static string? Input(Value[] fields, string[] arguments, StandardInput input, ShellState state,
        WrittenFiles files, out string[] options)
    {
        options = arguments;
        if (arguments is [.., var last] && fields[^1].Content is { Text: { } content })
        {
            options = arguments[..^1];
            return content;
        }

        if (arguments is [.., var file] && file.StartsWith('/')
            && files.Find(TargetPath.Full(file, state)) is { } written)
        {
            options = arguments[..^1];
            return written.Content;
        }

        return Whole(input);
    }

    /// <summary>What a program reads that reads to the end.</summary>
    private static string? Whole(StandardInput input) =>
        input is { Kind: InputKind.Known, IsTouched: false } ? input.Text : null;

    /// <summary>POSIX: without a slash it is the working directory.</summary>
    private static string Directory(string path)
    {
        string bare = path.TrimEnd('/');
        int slash = bare.LastIndexOf('/');
        return bare.Length == 0 ? path.Length == 0 ? "." : "/" : slash < 0 ? "." : slash == 0 ? "/" : bare[..slash];
    }

    private static string? Cat(string name, Value[] fields, StandardInput input, ShellState state, WrittenFiles files)
    {
        if (name == "tee" || fields.Skip(1).All(argument => argument.Text is "-" or "-u"))
        {
            return Whole(input);
        }

        string all = "";
        foreach (Value file in fields.Skip(1))
        {
            if (ContentOf(file, input, state, files) is not { } content)
            {
                return null;
            }

            all += content;
        }

        return all;
    }

    private static string? ContentOf(Value file, StandardInput input, ShellState state, WrittenFiles files)
    {
        if (file.Content is { } given)
        {
            return given.Text;
        }

        int? number = file.Text == "-" ? 0 : Descriptor.NumberOf(file.Text);
        if (number is { } open)
        {
            return open == 0 ? Whole(input) : state.Descriptor(open) is { } descriptor ? Whole(descriptor.Input) : null;
        }

        return file.Text == "/dev/null" ? "" : files.Find(TargetPath.Full(file.Text, state))?.Content;
    }

    private static string? Echo(string[] arguments, ShellDialect dialect)
    {
        // Of the shells called sh some read escapes without being asked, and print `-e`.
        if (dialect == ShellDialect.Posix
            && Array.Exists(arguments, argument => argument.Contains('\\') || argument is "-e" or "-E"))
        {
            return null;
        }

        bool newline = true, escapes = false;
        int at = 0;
        while (at < arguments.Length && arguments[at] is ['-', _, ..] option
            && option.AsSpan(1).IndexOfAnyExcept("neE") < 0)
        {
            newline &= !option.Contains('n', StringComparison.Ordinal);
            escapes = option.LastIndexOf('e') > option.LastIndexOf('E')
                || (escapes && !option.Contains('E', StringComparison.Ordinal));
            at++;
        }

        string text = string.Join(' ', arguments[at..]);
        return (escapes ? Unescape(text, echo: true, out _) : text) + (newline ? "\n" : "");
    }

    private static string Unescape(string text, bool echo, out bool stopped)
    {
        var result = new StringBuilder(text.Length);
        stopped = false;
        for (int i = 0; i < text.Length;)
        {
            if (text[i] != '\\' || i + 1 >= text.Length)
            {
                result.Append(text[i++]);
            }
            else if (text[i + 1] == 'c')
            {
                stopped = true;
                break;
            }
            else
            {
                i = AnsiEscapes.Decode(text, i, result, echo);
            }
        }

        return result.ToString();
    }

    /// <summary>printf: the format is used again until the arguments are used up.</summary>
    private static string? Printf(string[] arguments, ShellState state, ShellDialect dialect)
    {
        int at = 0;
        string? variable = null;
        if (arguments is ["-v", var name, ..])
        {
            if (dialect == ShellDialect.Posix || name.Contains('[', StringComparison.Ordinal))
            {
                return null;
            }

            variable = name;
            at = 2;
        }

        if (at < arguments.Length && arguments[at] == "--")
        {
            at++;
        }

        if (at >= arguments.Length)
        {
            return null;
        }

        string format = arguments[at++];
        var result = new StringBuilder();
        do
        {
            int before = at;
            if (!Format(format, arguments, ref at, result, dialect))
            {
                return null;
            }

            if (at == before)
            {
                break;
            }
        }
        while (at < arguments.Length);
        if (variable is null)
        {
            return result.ToString();
        }

        state.Set(variable, new Variable(result.ToString(), Certain: true));
        return "";
    }

    private static bool Format(string format, string[] arguments, ref int at, StringBuilder result,
        ShellDialect dialect)
    {
        for (int i = 0; i < format.Length;)
        {
            if (format[i] == '\\' && i + 1 < format.Length)
            {
                if (format[i + 1] == 'c' || (dialect == ShellDialect.Posix
                    && format[i + 1] is 'x' or 'u' or 'U' or 'e' or 'E' or '"' or '\'' or '?'))
                {
                    return false;
                }

                i = AnsiEscapes.Decode(format, i, result);
                continue;
            }

            if (format[i] != '%')
            {
                result.Append(format[i++]);
                continue;
            }

            int end = i + 1;
            while (end < format.Length && "-+ #0123456789.".Contains(format[end], StringComparison.Ordinal))
            {
                end++;
            }

            if (end >= format.Length)
            {
                return false;
            }

            string flags = format[(i + 1)..end];
            i = end + 1;
            if (format[end] == '%')
            {
                result.Append('%');
            }
            else if (flags.AsSpan().ContainsAny("+ #")
                || !Convert(format[end], flags, at < arguments.Length ? arguments[at++] : "", result))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Convert(char conversion, string flags, string argument, StringBuilder result)
    {
        switch (conversion)
        {
            case 's' or 'b':
                bool stopped = false;
                string text = conversion == 'b' ? Unescape(argument, echo: true, out stopped) : argument;
                if (stopped || (flags.Length > 0 && (!Ascii.IsValid(text) || flags.TrimStart('-').StartsWith('0'))))
                {
                    return false;
                }

                int dot = flags.IndexOf('.', StringComparison.Ordinal);
                if (dot >= 0)
                {
                    text = int.TryParse(flags[(dot + 1)..], out int most) ? text[..Math.Min(text.Length, most)] : "";
                }

                result.Append(Padded(text, flags));
                return true;
            case 'c' when flags.Length == 0:
                result.Append(argument.Length > 0 ? argument[..1] : "");
                return true;
            case 'd' or 'i' or 'x' or 'X' or 'o' when !flags.Contains('.', StringComparison.Ordinal)
                && Number(argument) is { } number && (number >= 0 || !flags.Contains('0', StringComparison.Ordinal)):
                result.Append(Padded(conversion switch
                {
                    'o' => System.Convert.ToString(number, 8),
                    'x' => number.ToString("x", CultureInfo.InvariantCulture),
                    'X' => number.ToString("X", CultureInfo.InvariantCulture),
                    _ => number.ToString(CultureInfo.InvariantCulture),
                }, flags));
                return true;
            case 'u' when !flags.Contains('.', StringComparison.Ordinal) && Number(argument) is >= 0 and var natural:
                result.Append(Padded(natural.ToString(CultureInfo.InvariantCulture), flags));
                return true;
            case 'q' when Quoting.Quote(argument) == argument && !argument.AsSpan().ContainsAny(EscapedByPrintf):
                result.Append(argument);
                return true;
            default:
                return false;
        }
    }

    private static readonly SearchValues<char> EscapedByPrintf = SearchValues.Create("{}*?[]~^,");
    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789abcdefABCDEFxX");

    /// <summary>As in arithmetic, but for names and bases: <c>010</c> is eight.</summary>
    private static long? Number(string argument)
    {
        if (argument.Length == 0)
        {
            return 0;
        }

        ReadOnlySpan<char> digits = argument.AsSpan(argument[0] is '-' or '+' ? 1 : 0);
        return digits.ContainsAnyExcept(Digits) || digits.IsEmpty
            ? null
            : Arithmetic.Evaluate(argument, new ShellState(), ShellDialect.Posix);
    }

    /// <summary><c>%5s</c>, <c>%-5s</c>, <c>%03d</c>.</summary>
    private static string Padded(string text, string flags)
    {
        ReadOnlySpan<char> digits = flags.AsSpan().TrimStart("-+ #0");
        int dot = digits.IndexOf('.');
        if (!int.TryParse(dot < 0 ? digits : digits[..dot], out int width) || width > MaximumWidth)
        {
            return text;
        }

        if (flags.Contains('-', StringComparison.Ordinal))
        {
            return text.PadRight(width);
        }

        return text.PadLeft(width, flags.TrimStart('+', ' ', '#').StartsWith('0') ? '0' : ' ');
    }

    /// <summary>Wider padding is nobody's everyday output.</summary>
    private const int MaximumWidth = 1024;

    private static string TrimSuffix(string text, string suffix) =>
        suffix.Length > 0 && text.Length > suffix.Length && text.EndsWith(suffix, StringComparison.Ordinal)
        ? text[..^suffix.Length]
        : text;
}
