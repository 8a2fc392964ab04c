namespace Bastion.Analysis.Shell;

/// <summary><c>[[ … ]]</c>: words, operators and parentheses; its words are kept, since they may hold substitutions.</summary>
internal sealed partial class Parser
{
    /// <summary>Set when the condition is malformed. Bash says so only for this one command and goes on as if nothing were wrong
    /// (`bash -n` succeeds), so this is no failure of the script: the rest of the condition is read as plain words.</summary>
    private bool conditionBroken;

    private ConditionalCommand ParseConditional(int start)
    {
        var words = wordLists.Take();
        conditionBroken = false;
        SkipNewlines();
        ReadConditionOr(words);
        SkipNewlines();
        if (!AtConditionEnd())
            ReadBrokenCondition(words);
        if (failure is null && AtConditionEnd())
            position += 2;
        conditionBroken = false;
        return new ConditionalCommand(Place(start), Place(position), wordLists.Finish(words));
    }

    private void ReadBrokenCondition(List<Word> words)
    {
        while (failure is null && !AtConditionEnd())
        {
            SkipBlanks();
            if (position >= limit)
                Unexpected();
            else if (text[position] == '\n')
                return;
            else if (IsDelimiter(position) && !AtProcessSubstitution())
                position++;
            else if (!AtConditionEnd())
                words.Add(ReadWord());
        }
    }

    private void BreakCondition()
    {
        if (position >= limit)
            Unexpected();
        conditionBroken = true;
    }

    private void ReadConditionOr(List<Word> words)
    {
        if (!Enter())
            return;
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
        depth--;
    }

    private bool TryReadOperator(char c)
    {
        if (failure is not null || conditionBroken || position + 1 >= limit || text[position] != c || text[position + 1] != c)
            return false;
        position += 2;
        return true;
    }

    private void ReadConditionTerm(List<Word> words)
    {
        SkipNewlines();
        while (failure is null && position < limit && text[position] == '!' && IsDelimiter(position + 1))
        {
            position++;
            SkipNewlines();
        }
        if (position >= limit || failure is not null || AtConditionEnd())
        {
            if (failure is null)
                BreakCondition();
            return;
        }
        if (text[position] == '(')
        {
            position++;
            ReadConditionOr(words);
            SkipNewlines();
            if (failure is null && !conditionBroken && position < limit && text[position] == ')')
                position++;
            else
                BreakCondition();
            return;
        }
        if (IsDelimiter(position) && !AtProcessSubstitution())
        {
            BreakCondition();
            return;
        }
        var first = ReadConditionWord(words);
        if (failure is not null)
            return;
        if (IsUnaryOperator(first.BareText))
        {
            // `[[ -f == x ]]` compares the text `-f`; bash decides by what follows.
            if (!AtConditionOperand())
                BreakCondition();
            else
                ReadConditionWord(words);
            return;
        }
        ReadBinaryOperator(words);
    }

    private void ReadBinaryOperator(List<Word> words)
    {
        SkipBlanks();
        if (position < limit && text[position] == '\n')
            SkipNewlines();
        if (position >= limit)
        {
            BreakCondition();
            return;
        }
        if (AtConditionEnd() || text[position] == ')' || (text[position] is '&' or '|' && Peek(1) == text[position]))
            return;
        if (text[position] is '<' or '>' && Peek(1) != '(')
        {
            position++;
            ReadOperand(words, regex: false);
            return;
        }
        var end = position;
        while (!IsDelimiter(end))
            end++;
        var symbol = text[position..end];
        if (symbol is not ("=" or "==" or "!=" or "=~" or "-nt" or "-ot" or "-ef" or "-eq" or "-ne" or "-lt" or "-le" or "-gt" or "-ge"))
        {
            BreakCondition();
            return;
        }
        position = end;
        ReadOperand(words, symbol == "=~");
    }

    private void ReadOperand(List<Word> words, bool regex)
    {
        SkipBlanks();
        if (regex && position < limit && text[position] is not ('\n' or ' ' or '\t'))
            words.Add(ReadRegex());
        else if (AtConditionOperand())
            ReadConditionWord(words);
        else
            BreakCondition();
    }

    private Word ReadConditionWord(List<Word> words)
    {
        var before = extendedGlobs;
        extendedGlobs = true;
        var word = ReadWord();
        extendedGlobs = before;
        words.Add(word);
        return word;
    }

    private bool AtConditionOperand()
    {
        SkipBlanks();
        return position < limit && !AtConditionEnd() && (!IsDelimiter(position) || AtProcessSubstitution());
    }

    private bool AtConditionEnd() =>
        position + 1 < limit && text[position] == ']' && text[position + 1] == ']' && IsDelimiter(position + 2);

    private static bool IsUnaryOperator(string? word) =>
        word is { Length: 2 } && word[0] == '-' && "abcdefghknoprstuvwxzGLNORS".Contains(word[1], StringComparison.Ordinal);
}
