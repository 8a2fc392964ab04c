using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Sql;

/// <summary>Splits a text into tokens under one set of <see cref="LexicalRules"/>. One pass; every character is looked
/// at a bounded number of times; never throws. What cannot be a token is a one-character <see
/// cref="SqlTokenKind.Symbol"/>.</summary>
internal sealed partial class SqlLexer(string text, LexicalRules rules)
{
    private static readonly SearchValues<char> OperatorStart = SearchValues.Create("<>=!|&:-~@*");

    // Longest first; anything else is a symbol of one character.
    private static readonly string[] Operators =
        ["<=>", "->>", "<>", "<=", ">=", "!=", "==", "||", "&&", "::", ":=", "=>", "->", "~*", "!~", "@>", "<@"];

    private readonly List<SqlToken> _tokens = [];
    private string _delimiter = ";";
    private int _position;
    private bool _inVersionedComment;

    /// <summary>False when the text ends inside a quote or comment.</summary>
    private bool Terminated { get; set; } = true;

    public static (SqlToken[] Tokens, bool Terminated) Split(string text, LexicalRules rules)
    {
        var lexer = new SqlLexer(text, rules);
        while (lexer._position < text.Length)
        {
            lexer.Step();
        }

        return (WithCommandsFirst(lexer._tokens), lexer.Terminated);
    }

    /// <summary>
    /// What the client takes out of the middle of a statement is not part of it (<c>DELETE FROM t \p WHERE …</c>, <c>…
    /// id = id \g</c>): its commands are put before the statement they stand in.
    /// </summary>
    private static SqlToken[] WithCommandsFirst(List<SqlToken> tokens)
    {
        var ordered = new SqlToken[tokens.Count];
        int statement = 0;
        int commands = 0;
        for (int i = 0; i <= tokens.Count; i++)
        {
            if (i < tokens.Count && tokens[i].Kind != SqlTokenKind.Terminator)
            {
                commands += tokens[i].Kind == SqlTokenKind.ClientCommand ? 1 : 0;
                continue;
            }

            (int command, int other) = (statement, statement + commands);
            for (int at = statement; at < i; at++)
            {
                ordered[tokens[at].Kind == SqlTokenKind.ClientCommand ? command++ : other++] = tokens[at];
            }

            if (i < tokens.Count)
            {
                ordered[i] = tokens[i];
            }

            statement = i + 1;
            commands = 0;
        }

        return ordered;
    }

    private bool AtStatementStart =>
        _tokens.Count == 0 || _tokens[^1].Kind is SqlTokenKind.Terminator or SqlTokenKind.ClientCommand;

    private char Peek(int ahead = 0) => _position + ahead < text.Length ? text[_position + ahead] : '\0';

    private bool AtLineStart
    {
        get
        {
            int i = _position - 1;
            while (i >= 0 && text[i] is ' ' or '\t')
            {
                i--;
            }

            return i < 0 || text[i] is '\n' or '\r';
        }
    }

    private void Step()
    {
        char c = Peek();
        if (char.IsWhiteSpace(c) || c is '\0' or '\uFEFF' or '\u200B')
        {
            _position++;
            return;
        }

        if (SkipComment(c) || ReadDelimiter() || ReadClientCommand(c) || ReadQuoted(c))
        {
            return;
        }

        int start = _position;
        if (char.IsAsciiDigit(c) || (c == '.' && char.IsAsciiDigit(Peek(1))))
        {
            ReadNumber();
            Add(SqlTokenKind.Number, start);
        }
        else if (IsNameStart(c))
        {
            while (IsNamePart(Peek()))
            {
                _position++;
            }

            Add(SqlTokenKind.Word, start);
        }
        else if (!ReadParameter(c))
        {
            ReadOperator(c);
        }
    }

    private void Add(SqlTokenKind kind, int start, string? value = null) =>
        _tokens.Add(new SqlToken(kind, start, _position, value));

    private bool SkipComment(char c)
    {
        switch (c)
        {
            // The mysql client takes `--` before a statement for a comment even with no blank after it.
            case '-' when Peek(1) == '-' && (!rules.DashNeedsSpace || _position + 2 >= text.Length || Peek(2) <= ' '
                || (IsMysqlReading && AtStatementStart && !_inVersionedComment)):
            case '#' when rules.HashComments:
                int end = text.AsSpan(_position).IndexOfAny('\n', '\r');
                _position = end < 0 ? text.Length : _position + end;
                return true;
            case '/' when Peek(1) == '*':
                SkipBlockComment();
                return true;
            case '*' when _inVersionedComment && Peek(1) == '/':
                _inVersionedComment = false;
                _position += 2;
                return true;
            default:
                return false;
        }
    }

    private void SkipBlockComment()
    {
        if (rules.VersionedComments && EntersVersionedComment())
        {
            return;
        }

        _position += 2;
        int depth = 1;
        while (_position < text.Length)
        {
            int next = text.AsSpan(_position).IndexOfAny('*', '/');
            if (next < 0)
            {
                break;
            }

            _position += next;
            if (Peek() == '*' && Peek(1) == '/')
            {
                _position += 2;
                if (--depth == 0)
                {
                    return;
                }
            }
            else if (rules.NestedComments && Peek() == '/' && Peek(1) == '*')
            {
                _position += 2;
                depth++;
            }
            else
            {
                _position++;
            }
        }

        _position = text.Length;
        Terminated = false;
    }

    private bool EntersVersionedComment()
    {
        bool maria = Peek(2) is 'M' or 'm' && Peek(3) == '!';
        if (!maria && Peek(2) != '!')
        {
            return false;
        }

        int i = _position + (maria ? 4 : 3);
        int digits = i;
        while (i < text.Length && i - digits < 6 && char.IsAsciiDigit(text[i]))
        {
            i++;
        }

        int version = i - digits >= 5 ? int.Parse(text.AsSpan(digits, i - digits)) : 0;
        if (version == 0)
        {
            i = digits;
        }

        if (version > rules.ServerVersion || (maria && rules.ServerVersion < int.MaxValue))
        {
            return false;
        }

        _position = i;
        _inVersionedComment = true;
        return true;
    }

    private bool ReadDelimiter()
    {
        if (text.AsSpan(_position).StartsWith(_delimiter, StringComparison.OrdinalIgnoreCase))
        {
            int start = _position;
            _position += _delimiter.Length;
            Add(SqlTokenKind.Terminator, start);
            return true;
        }

        if (Peek() is 'g' or 'G' && Peek(1) is 'o' or 'O' && rules.Client is SqlClient.Sqlcmd or SqlClient.Mysql
            or SqlClient.Any && AtLineStart && RestOfLine(_position + 2).Length == 0)
        {
            int start = _position;
            _position += 2;
            Add(SqlTokenKind.Terminator, start);
            return true;
        }

        if (Peek() == '/' && rules.Client is SqlClient.SqlPlus or SqlClient.Any && AtLineStart
            && RestOfLine(_position + 1).Length == 0)
        {
            _position++;
            Add(SqlTokenKind.Terminator, _position - 1);
            return true;
        }

        return false;
    }

    private void ReadNumber()
    {
        if (Peek() == '0' && Peek(1) is 'x' or 'X' or 'b' or 'B' && char.IsAsciiHexDigit(Peek(2)))
        {
            _position += 2;
            while (char.IsAsciiHexDigit(Peek()))
            {
                _position++;
            }

            return;
        }

        while (char.IsAsciiDigit(Peek()) || Peek() is '.' or '_')
        {
            _position++;
        }

        // What follows a number without a blank belongs to it, also before a quote: `1E'…'` is no escape string.
        if (char.IsAsciiLetter(Peek()) && Peek(1) == '\'')
        {
            _position++;
            return;
        }

        if (Peek() is 'e' or 'E'
            && (char.IsAsciiDigit(Peek(1)) || (Peek(1) is '+' or '-' && char.IsAsciiDigit(Peek(2)))))
        {
            _position += 2;
            while (char.IsAsciiDigit(Peek()))
            {
                _position++;
            }
        }
    }

    private bool ReadParameter(char c)
    {
        int start = _position;
        char next = Peek(1);
        switch (c)
        {
            case '?':
                _position++;
                break;
            case '$' when char.IsAsciiLetterOrDigit(next) || next == '{':
            case ':' when (IsNameStart(next) || next is '\'' or '"') && !PreviousTouches(':'):
            case '@' when IsNameStart(next) || next is '@' or '\'' or '"' or '`':
                _position++;
                if (Peek() == '@')
                {
                    _position++;
                }

                if (Peek() is '\'' or '"' or '`' && text.IndexOf(Peek(), _position + 1) is > 0 and var close)
                {
                    _position = close + 1;
                    break;
                }

                while (IsNamePart(Peek()) || Peek() is '.' or '{' or '}')
                {
                    _position++;
                }

                break;
            default:
                return false;
        }

        Add(SqlTokenKind.Parameter, start);
        return true;
    }

    private bool PreviousTouches(char c) => _position > 0 && text[_position - 1] == c;

    private void ReadOperator(char c)
    {
        int start = _position;
        if (OperatorStart.Contains(c))
        {
            foreach (string candidate in Operators)
            {
                if (text.AsSpan(_position).StartsWith(candidate, StringComparison.Ordinal))
                {
                    _position += candidate.Length;
                    Add(SqlTokenKind.Symbol, start);
                    return;
                }
            }
        }

        _position += char.IsHighSurrogate(c) && char.IsLowSurrogate(Peek(1)) ? 2 : 1;
        Add(SqlTokenKind.Symbol, start);
    }

    private ReadOnlySpan<char> RestOfLine(int from)
    {
        ReadOnlySpan<char> rest = text.AsSpan(Math.Min(from, text.Length));
        int end = rest.IndexOfAny('\n', '\r');
        return (end < 0 ? rest : rest[..end]).Trim();
    }

    private bool IsNameStart(char c) => char.IsLetter(c) || c == '_'
        || (c == '#' && !rules.HashComments && (IsAsciiNameChar(Peek(1)) || Peek(1) == '#'));

    private static bool IsAsciiNameChar(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';

    private static bool IsNamePart(char c) =>
        char.IsLetterOrDigit(c) || c is '_' or '$' or '#' || (c > '\u007F' && !char.IsWhiteSpace(c));

    /// <summary>Decodes what stands between quotes: doubled quotes and, where they count, backslash escapes.</summary>
    private static string Unquote(ReadOnlySpan<char> raw, char quote, bool backslash)
    {
        if (raw.IndexOfAny(quote, backslash ? '\\' : quote) < 0)
        {
            return raw.ToString();
        }

        var value = new StringBuilder(raw.Length);
        for (int i = 0; i < raw.Length; i++)
        {
            if (raw[i] == quote && i + 1 < raw.Length && raw[i + 1] == quote)
            {
                i++;
                value.Append(quote);
            }
            else if (backslash && raw[i] == '\\' && i + 1 < raw.Length)
            {
                i = AppendEscape(value, raw, i + 1);
            }
            else
            {
                value.Append(raw[i]);
            }
        }

        return value.ToString();
    }

    private static int AppendEscape(StringBuilder value, ReadOnlySpan<char> raw, int at)
    {
        int digits = raw[at] switch { 'x' => 2, 'u' => 4, 'U' => 8, _ => 0 };
        if (digits > 0 && at + digits < raw.Length && uint.TryParse(raw.Slice(at + 1, digits),
            System.Globalization.NumberStyles.HexNumber, null, out uint code) && Rune.IsValid(code))
        {
            value.Append(new Rune(code).ToString());
            return at + digits;
        }

        if (raw[at] is >= '0' and <= '3' && at + 2 < raw.Length && raw[at + 1] is >= '0' and <= '7'
            && raw[at + 2] is >= '0' and <= '7')
        {
            value.Append((char)(((raw[at] - '0') * 64) + ((raw[at + 1] - '0') * 8) + (raw[at + 2] - '0')));
            return at + 2;
        }

        value.Append(raw[at] switch
        {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\b',
            '0' => '\0',
            'Z' =>
            '\u001A',
            var other => other
        });
        return at;
    }
}
