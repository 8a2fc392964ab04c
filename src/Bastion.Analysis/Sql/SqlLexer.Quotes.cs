namespace Bastion.Analysis.Sql;

internal sealed partial class SqlLexer
{
    private bool ReadQuoted(char c)
    {
        int start = _position;
        switch (c)
        {
            case '\'':
                ReadString(start, rules.BackslashEscapes);
                return true;
            case '"' when rules.DoubleQuotedStrings:
                ReadUntilQuote(SqlTokenKind.Text, start, _position, '"', rules.BackslashEscapes);
                return true;
            case '"':
                ReadUntilQuote(SqlTokenKind.QuotedName, start, _position, '"', backslash: false);
                return true;
            case '`':
                ReadUntilQuote(SqlTokenKind.QuotedName, start, _position, '`', backslash: false);
                return true;
            case '[' when rules.Brackets && !FollowsOperand():
                ReadUntilQuote(SqlTokenKind.QuotedName, start, _position, ']', backslash: false);
                return true;
            case '$' when rules.DollarQuotes && DollarTag() is { } tag:
                ReadUntil(start, tag);
                return true;
            default:
                return IsNameStart(c) && ReadPrefixedString(c, start);
        }
    }

    /// <summary><c>a[1]</c> is a subscript, <c>a [b]</c> a name: an array never has white space before its bracket in
    /// practice, and a name in brackets that touches the word before it is not written by people or tools.</summary>
    private bool FollowsOperand() => _tokens.Count > 0
        && _tokens[^1] is { Kind: SqlTokenKind.Word or SqlTokenKind.QuotedName } last && last.End == _position;

    private bool ReadPrefixedString(char c, int start)
    {
        int length = 1;
        if (Peek(1) is 'q' or 'Q' && c is 'n' or 'N' && rules.AlternativeQuotes && Peek(2) == '\'')
        {
            length = 2;
        }
        else if (c is 'u' or 'U' && Peek(1) == '&' && Peek(2) is '\'' or '"')
        {
            length = 2;
        }

        if (Peek(length) != '\'' && !(length == 2 && Peek(length) == '"'))
        {
            return false;
        }

        char quote = Peek(length);
        switch (char.ToLowerInvariant(length == 2 && quote == '\'' && c is 'n' or 'N' ? 'q' : c))
        {
            case 'q' when rules.AlternativeQuotes && Peek(length + 1) > ' ':
                _position += length;
                ReadUntil(start, ClosingOf(Peek(1)) + "'", opened: 2);
                return true;
            case 'e' when rules.EscapeStrings:
                _position += length;
                ReadString(start, backslash: true);
                return true;
            case 'x' or 'b':
                _position += length;
                ReadUntilQuote(SqlTokenKind.Number, start, _position, '\'', backslash: false);
                return true;
            case 'n' or 'u':
                _position += length;
                ReadUntilQuote(quote == '"'
                    ? SqlTokenKind.QuotedName
                    : SqlTokenKind.Text, start, _position, quote, quote == '\'' && rules.BackslashEscapes);
                return true;
            default:
                return false;
        }
    }

    private static char ClosingOf(char open) =>
        open switch { '[' => ']', '(' => ')', '{' => '}', '<' => '>', _ => open };

    private void ReadString(int start, bool backslash) =>
        ReadUntilQuote(SqlTokenKind.Text, start, _position, '\'', backslash);

    private void ReadUntilQuote(SqlTokenKind kind, int start, int open, char quote, bool backslash)
    {
        int i = open + 1;
        while (true)
        {
            int next = i < text.Length
                ? (backslash ? text.AsSpan(i).IndexOfAny(quote, '\\') : text.AsSpan(i).IndexOf(quote))
                : -1;
            if (next < 0)
            {
                _position = text.Length;
                Terminated = false;
                Add(kind, start, Unquote(text.AsSpan(Math.Min(open + 1, text.Length)), quote, backslash));
                return;
            }

            i += next;
            if (text[i] == '\\' && backslash)
            {
                i += 2;
            }
            else if (i + 1 < text.Length && text[i + 1] == quote)
            {
                i += 2;
            }
            else
            {
                _position = i + 1;
                Add(kind, start, Unquote(text.AsSpan(open + 1, i - open - 1), quote, backslash));
                return;
            }
        }
    }

    private string? DollarTag()
    {
        if (_position > 0 && IsNamePart(text[_position - 1]))
        {
            return null;
        }

        int i = _position + 1;
        while (i < text.Length && (char.IsLetterOrDigit(text[i]) || text[i] == '_')
            && !(i == _position + 1 && char.IsDigit(text[i])))
        {
            i++;
        }

        return i < text.Length && text[i] == '$' ? text[_position..(i + 1)] : null;
    }

    private void ReadUntil(int start, string close, int opened = 0)
    {
        int from = _position + (opened == 0 ? close.Length : opened);
        int end = from <= text.Length ? text.IndexOf(close, from, StringComparison.Ordinal) : -1;
        if (end < 0)
        {
            Terminated = false;
            _position = text.Length;
            Add(SqlTokenKind.Text, start, text[Math.Min(from, text.Length)..]);
            return;
        }

        _position = end + close.Length;
        Add(SqlTokenKind.Text, start, text[from..end]);
    }
}
