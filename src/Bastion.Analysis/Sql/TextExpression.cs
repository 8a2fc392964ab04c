using System.Buffers;
using System.Globalization;
using System.Text;

namespace Bastion.Analysis.Sql;

/// <summary>The text that an expression gives, as far as it can be told from here: strings put together, turned from
/// hex, base64, character codes.</summary>
/// <param name="Known">False when a part is computed at run time; <see cref="Unknown"/> stands in its place.</param>
internal readonly record struct TextValue(string Text, bool Known)
{
    /// <summary>Stands for what cannot be known: reads as a name, so that <c>'DROP TABLE ' || x</c> still reads as a
    /// statement.</summary>
    public const string Unknown = "computed";

    public static TextValue NotKnown => new(Unknown, false);

    // Variables that double themselves must not grow without end; a longer text counts as not known.
    private const int MaximumLength = 1 << 14;

    public static TextValue Join(IEnumerable<TextValue> parts, string separator = "")
    {
        var text = new StringBuilder();
        bool known = true;
        foreach (TextValue part in parts)
        {
            if (text.Length > 0)
            {
                text.Append(separator);
            }

            text.Append(part.Text);
            known &= part.Known;
            if (text.Length > MaximumLength)
            {
                return NotKnown;
            }
        }

        return new TextValue(text.ToString(), known);
    }
}

internal sealed class TextExpression(TokenList tokens, SqlSession session)
{
    private const int MaximumDepth = 24;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");
    private const int MaximumArgument = 1 << 10;

    public TextValue Read(int start, int end, int depth = 0)
    {
        while (end - start > 2 && tokens.IsSymbol(end - 2, "::"))
        {
            end -= 2;
        }

        while (end - start > 2 && tokens.IsSymbol(start, '(') && tokens.Close(start) == end - 1)
        {
            (start, end) = (start + 1, end - 1);
        }

        if (start >= end || depth > MaximumDepth)
        {
            return TextValue.NotKnown;
        }

        return TextValue.Join(Terms(start, end, depth));
    }

    private IEnumerable<TextValue> Terms(int start, int end, int depth)
    {
        int from = start;
        for (int i = start; i <= end; i = i < end ? tokens.Next(i) : i + 1)
        {
            if (i < end && !tokens.IsSymbol(i, "||") && !tokens.IsSymbol(i, '+'))
            {
                continue;
            }

            yield return ReadTerm(from, i, depth + 1);
            from = i + 1;
        }
    }

    private TextValue ReadTerm(int start, int end, int depth)
    {
        while (end - start > 2 && tokens.IsSymbol(end - 2, "::"))
        {
            end -= 2;
        }

        if (start >= end)
        {
            return TextValue.NotKnown;
        }

        switch (tokens.KindAt(start))
        {
            case SqlTokenKind.Text:
                return ReadAdjacent(start, end);
            case SqlTokenKind.Number when end - start == 1:
                return Hex(tokens.Slice(start)) is { } bytes
                    ? new TextValue(bytes, true)
                    : new TextValue(tokens.Slice(start).ToString(), true);
            case SqlTokenKind.Parameter or SqlTokenKind.Word when end - start == 1:
                return session.Variables.TryGetValue(tokens.Slice(start).ToString(), out TextValue value)
                    ? value
                    : TextValue.NotKnown;
            case SqlTokenKind.Word when tokens.KindAt(start + 1) == SqlTokenKind.Text
                && tokens.Slice(start)[0] is '_' or 'N' or 'n' && end - start == 2:
                return new TextValue(tokens[start + 1].Value ?? string.Empty, true);
            case SqlTokenKind.Word when tokens.IsSymbol(start + 1, '(') && tokens.Close(start + 1) == end - 1:
                return ReadCall(tokens.Word(start), start + 2, end - 1, depth);
            default:
                return tokens.IsSymbol(start, '(') ? Read(start, end, depth) : TextValue.NotKnown;
        }
    }

    /// <summary>Strings that stand side by side are one.</summary>
    private TextValue ReadAdjacent(int start, int end)
    {
        if (end - start == 1)
        {
            return new TextValue(tokens[start].Value ?? string.Empty, true);
        }

        var text = new StringBuilder();
        for (int i = start; i < end; i++)
        {
            if (tokens.KindAt(i) != SqlTokenKind.Text)
            {
                return new TextValue(text.ToString() + TextValue.Unknown, false);
            }

            text.Append(tokens[i].Value);
        }

        return new TextValue(text.ToString(), true);
    }

    private TextValue ReadCall(string name, int start, int end, int depth)
    {
        var arguments = new List<TextValue>();
        int from = start;
        for (int i = start; i <= end; i = i < end ? tokens.Next(i) : i + 1)
        {
            if (i < end && !tokens.IsSymbol(i, ',') && !tokens.IsAny(i, "USING", "AS"))
            {
                continue;
            }

            arguments.Add(Read(from, i, depth + 1));
            from = i + 1;
            if (i < end && !tokens.IsSymbol(i, ','))
            {
                break;
            }
        }

        bool known = arguments.TrueForAll(argument => argument.Known);
        TextValue first = arguments.Count > 0 ? arguments[0] : TextValue.NotKnown;
        switch (name)
        {
            case "CONCAT":
                return TextValue.Join(arguments);
            case "CONCAT_WS":
                return TextValue.Join(arguments.Skip(1), first.Text);
            case "CHR" or "CHAR" or "NCHAR":
                return known ? new TextValue(string.Concat(arguments.Select(argument => CharacterOf(argument.Text))),
                    true) : TextValue.NotKnown;
            case "FORMAT" or "FORMATMESSAGE" or "PRINTF":
                return Format(arguments);
            case "LOWER" or "UPPER" or "TRIM" or "LTRIM" or "RTRIM" or "BTRIM" or "CAST" or "CONVERT" or "CONVERT_FROM"
                or "TO_CHAR" or "COALESCE" or "IFNULL" or "INITCAP" or "LCASE" or "UCASE":
                return first;
            case "QUOTE_IDENT" or "QUOTE_LITERAL" or "QUOTENAME":
                return first;
            case "SPACE" when known && int.TryParse(first.Text, out int blanks) && blanks is > 0 and < 1000:
                return new TextValue(new string(' ', blanks), true);
            case "UNHEX" when known:
                return Hex(first.Text) is { } bytes ? new TextValue(bytes, true) : TextValue.NotKnown;
            case "FROM_BASE64" when known:
                return Base64(first.Text);
            case "DECODE" when known && arguments.Count > 1:
                return string.Equals(arguments[1].Text, "base64", StringComparison.OrdinalIgnoreCase)
                    ? Base64(first.Text)
                    : string.Equals(arguments[1].Text, "hex", StringComparison.OrdinalIgnoreCase)
                    && Hex(first.Text) is { } decoded ? new TextValue(decoded, true) : TextValue.NotKnown;
            case "REVERSE" when known:
                char[] characters = first.Text.ToCharArray();
                Array.Reverse(characters);
                return new TextValue(new string(characters), true);
            case "REPLACE" when known && arguments.Count == 3 && arguments[1].Text.Length > 0:
                return new TextValue(first.Text.Replace(arguments[1].Text, arguments[2].Text, StringComparison.Ordinal),
                    true);
            default:
                return TextValue.NotKnown;
        }
    }

    private static string CharacterOf(string code) =>
        int.TryParse(code, CultureInfo.InvariantCulture, out int value) && Rune.IsValid(value)
        ? new Rune(value).ToString()
        : TextValue.Unknown;

    /// <summary><c>format('… %I …', x)</c>: each placeholder in turn.</summary>
    private static TextValue Format(List<TextValue> arguments)
    {
        if (arguments.Count == 0)
        {
            return TextValue.NotKnown;
        }

        string pattern = arguments[0].Text;
        var text = new StringBuilder();
        bool known = arguments[0].Known;
        int next = 1;
        for (int i = 0; i < pattern.Length; i++)
        {
            if (pattern[i] != '%' || i + 1 >= pattern.Length)
            {
                text.Append(pattern[i]);
                continue;
            }

            i++;
            if (pattern[i] == '%')
            {
                text.Append('%');
                continue;
            }

            while (i + 1 < pattern.Length && (char.IsAsciiDigit(pattern[i]) || pattern[i] is '$' or '-'))
            {
                i++;
            }

            TextValue argument = next < arguments.Count ? arguments[next++] : TextValue.NotKnown;
            text.Append(argument.Text.Length > MaximumArgument ? TextValue.Unknown : argument.Text);
            known &= argument.Known && argument.Text.Length <= MaximumArgument;
        }

        return new TextValue(text.ToString(), known);
    }

    private static TextValue Base64(string text)
    {
        try
        {
            return new TextValue(Encoding.Latin1.GetString(Convert.FromBase64String(text)), true);
        }
        catch (FormatException)
        {
            return TextValue.NotKnown;
        }
    }

    /// <summary><c>0x44524f50</c>, <c>X'44524f50'</c>, or bare digits as <c>UNHEX</c> takes them.</summary>
    private static string? Hex(ReadOnlySpan<char> literal)
    {
        if (literal.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
        {
            literal = literal[2..];
        }
        else if (literal.Length > 2 && literal[0] is 'x' or 'X' && literal[1] == '\'')
        {
            literal = literal[2..^1];
        }
        else if (literal.Length > 2 && literal[0] == '\\' && literal[1] == 'x')
        {
            literal = literal[2..];
        }
        else if (literal.Length < 4)
        {
            return null;
        }

        if (literal.Length % 2 != 0 || literal.ContainsAnyExcept(HexDigits))
        {
            return null;
        }

        return Encoding.Latin1.GetString(Convert.FromHexString(literal));
    }
}
