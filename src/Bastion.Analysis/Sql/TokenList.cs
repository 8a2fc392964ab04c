namespace Bastion.Analysis.Sql;

/// <summary>The tokens of one reading of a text, with the partner of every parenthesis. Indexes outside the list are
/// harmless: they match nothing.</summary>
internal sealed class TokenList
{
    private readonly SqlToken[] _tokens;
    private readonly int[] _partner;

    public TokenList(string text, SqlToken[] tokens)
    {
        Text = text;
        this._tokens = tokens;
        _partner = new int[tokens.Length];
        PairParentheses();
    }

    public string Text { get; }

    public int Count => _tokens.Length;

    public SqlToken this[int index] => _tokens[index];

    public SqlTokenKind KindAt(int index) =>
        (uint)index < (uint)_tokens.Length ? _tokens[index].Kind : SqlTokenKind.Terminator;

    public ReadOnlySpan<char> Slice(int index) => (uint)index < (uint)_tokens.Length
        ? Text.AsSpan(_tokens[index].Start, _tokens[index].End - _tokens[index].Start)
        : default;

    public bool Is(int index, string word) =>
        KindAt(index) == SqlTokenKind.Word && Slice(index).Equals(word, StringComparison.OrdinalIgnoreCase);

    public bool IsAny(int index, params ReadOnlySpan<string> words)
    {
        if (KindAt(index) != SqlTokenKind.Word)
        {
            return false;
        }

        ReadOnlySpan<char> slice = Slice(index);
        foreach (string word in words)
        {
            if (slice.Equals(word, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    public bool Are(int index, params ReadOnlySpan<string> words)
    {
        for (int i = 0; i < words.Length; i++)
        {
            if (!Is(index + i, words[i]))
            {
                return false;
            }
        }

        return true;
    }

    public bool IsSymbol(int index, string symbol) =>
        KindAt(index) == SqlTokenKind.Symbol && Slice(index).SequenceEqual(symbol);

    public bool IsSymbol(int index, char symbol) =>
        KindAt(index) == SqlTokenKind.Symbol && Slice(index) is [var only] && only == symbol;

    public bool IsName(int index) => KindAt(index) is SqlTokenKind.Word or SqlTokenKind.QuotedName;

    /// <summary>Upper-cased word, or empty for anything else.</summary>
    public string Word(int index) =>
        KindAt(index) == SqlTokenKind.Word ? Slice(index).ToString().ToUpperInvariant() : string.Empty;

    /// <summary>The next token on the same level: past the group when <paramref name="index"/> opens one.</summary>
    public int Next(int index) => IsSymbol(index, '(') ? _partner[index] + 1 : index + 1;

    /// <summary>The index of the parenthesis that closes the one at <paramref name="index"/>; the statement's end when
    /// none does.</summary>
    public int Close(int index) => _partner[index];

    /// <summary>The first place in the range, on its own level, where one of the words stands; -1 when none.</summary>
    public int Find(int start, int end, params ReadOnlySpan<string> words)
    {
        for (int i = start; i < end; i = Next(i))
        {
            if (IsAny(i, words))
            {
                return i;
            }
        }

        return -1;
    }

    public TextSpan Span(int start, int end)
    {
        if (start >= _tokens.Length || end <= start)
        {
            return new TextSpan(start < _tokens.Length ? _tokens[start].Start : Text.Length, 0);
        }

        return TextSpan.FromBounds(_tokens[start].Start, _tokens[Math.Min(end, _tokens.Length) - 1].End);
    }

    private void PairParentheses()
    {
        var open = new Stack<int>();
        for (int i = 0; i <= _tokens.Length; i++)
        {
            if (i == _tokens.Length || _tokens[i].Kind == SqlTokenKind.Terminator)
            {
                // What is still open ends with the statement, so that no group reaches into the next one.
                while (open.TryPop(out int unclosed))
                {
                    _partner[unclosed] = i;
                }
            }
            else if (IsSymbol(i, '('))
            {
                open.Push(i);
            }
            else if (IsSymbol(i, ')') && open.TryPop(out int opening))
            {
                _partner[opening] = i;
            }
        }
    }
}
