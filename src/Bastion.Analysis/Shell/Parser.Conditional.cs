namespace Bastion.Analysis.Shell;

/// <summary><c>[[ … ]]</c>: words, operators and parentheses; its words are kept, since they may hold
/// substitutions.</summary>
internal sealed partial class Parser
{
    /// <summary>Set when the condition is malformed. Bash says so only for this one command and goes on as if nothing
    /// were wrong (`bash -n` succeeds), so this is no failure of the script: the rest of the condition is read as plain
    /// words.</summary>
    private bool _conditionBroken;

    private ConditionalCommand ParseConditional(int start)
    {
        List<Word> words = _wordLists.Take();
        _conditionBroken = false;
        SkipNewlines();
        ReadConditionOr(words);
        SkipNewlines();
        if (!AtConditionEnd())
        {
            ReadBrokenCondition(words);
        }

        if (_failure is null && AtConditionEnd())
        {
            _position += 2;
        }

        _conditionBroken = false;
        return new ConditionalCommand(Place(start), Place(_position), _wordLists.Finish(words));
    }

    private void ReadBrokenCondition(List<Word> words)
    {
        while (_failure is null && !AtConditionEnd())
        {
            SkipBlanks();
            if (_position >= _limit)
            {
                Unexpected();
            }
            else if (_text[_position] == '\n')
            {
                return;
            }
            else if (IsDelimiter(_position) && !AtProcessSubstitution())
            {
                _position++;
            }
            else if (!AtConditionEnd())
            {
                words.Add(ReadWord());
            }
        }
    }

    private void BreakCondition()
    {
        if (_position >= _limit)
        {
            Unexpected();
        }

        _conditionBroken = true;
    }

    private void ReadConditionOr(List<Word> words)
    {
        if (!Enter())
        {
            return;
        }

        do
        {
            do
            {
                ReadConditionTerm(words);
                SkipNewlines();
            }
            while (TryReadOperator('&'));
        }
        while (TryReadOperator('|'));
        _depth--;
    }

    private bool TryReadOperator(char c)
    {
        if (_failure is not null || _conditionBroken || _position + 1 >= _limit || _text[_position] != c
            || _text[_position + 1] != c)
        {
            return false;
        }

        _position += 2;
        return true;
    }

    private void ReadConditionTerm(List<Word> words)
    {
        SkipNewlines();
        while (_failure is null && _position < _limit && _text[_position] == '!' && IsDelimiter(_position + 1))
        {
            _position++;
            SkipNewlines();
        }

        if (_position >= _limit || _failure is not null || AtConditionEnd())
        {
            if (_failure is null)
            {
                BreakCondition();
            }

            return;
        }

        if (_text[_position] == '(')
        {
            _position++;
            ReadConditionOr(words);
            SkipNewlines();
            if (_failure is null && !_conditionBroken && _position < _limit && _text[_position] == ')')
            {
                _position++;
            }
            else
            {
                BreakCondition();
            }

            return;
        }

        if (IsDelimiter(_position) && !AtProcessSubstitution())
        {
            BreakCondition();
            return;
        }

        Word first = ReadConditionWord(words);
        if (_failure is not null)
        {
            return;
        }

        if (IsUnaryOperator(first.BareText))
        {
            // `[[ -f == x ]]` compares the text `-f`; bash decides by what follows.
            if (!AtConditionOperand())
            {
                BreakCondition();
            }
            else
            {
                ReadConditionWord(words);
            }

            return;
        }

        ReadBinaryOperator(words);
    }

    private void ReadBinaryOperator(List<Word> words)
    {
        SkipBlanks();
        if (_position < _limit && _text[_position] == '\n')
        {
            SkipNewlines();
        }

        if (_position >= _limit)
        {
            BreakCondition();
            return;
        }

        if (AtConditionEnd() || _text[_position] == ')'
            || (_text[_position] is '&' or '|' && Peek(1) == _text[_position]))
        {
            return;
        }

        if (_text[_position] is '<' or '>' && Peek(1) != '(')
        {
            _position++;
            ReadOperand(words, regex: false);
            return;
        }

        int end = _position;
        while (!IsDelimiter(end))
        {
            end++;
        }

        string symbol = _text[_position..end];
        if (symbol is not ("=" or "==" or "!=" or "=~" or "-nt" or "-ot" or "-ef" or "-eq" or "-ne" or "-lt" or "-le"
            or "-gt" or "-ge"))
        {
            BreakCondition();
            return;
        }

        _position = end;
        ReadOperand(words, symbol == "=~");
    }

    private void ReadOperand(List<Word> words, bool regex)
    {
        SkipBlanks();
        if (regex && _position < _limit && _text[_position] is not ('\n' or ' ' or '\t'))
        {
            words.Add(ReadRegex());
        }
        else if (AtConditionOperand())
        {
            ReadConditionWord(words);
        }
        else
        {
            BreakCondition();
        }
    }

    private Word ReadConditionWord(List<Word> words)
    {
        bool before = _extendedGlobs;
        _extendedGlobs = true;
        Word word = ReadWord();
        _extendedGlobs = before;
        words.Add(word);
        return word;
    }

    private bool AtConditionOperand()
    {
        SkipBlanks();
        return _position < _limit && !AtConditionEnd() && (!IsDelimiter(_position) || AtProcessSubstitution());
    }

    private bool AtConditionEnd() =>
        _position + 1 < _limit && _text[_position] == ']' && _text[_position + 1] == ']' && IsDelimiter(_position + 2);

    private static bool IsUnaryOperator(string? word) =>
        word is { Length: 2 } && word[0] == '-'
        && "abcdefghknoprstuvwxzGLNORS".Contains(word[1], StringComparison.Ordinal);
}
