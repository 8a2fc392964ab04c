using Bastion.Analysis.Evaluation;

namespace Bastion.Analysis.Programs;

/// <summary>How the word behind an option is read that the catalogue does not know.</summary>
internal enum Unlisted
{
    /// <summary>It stands for itself.</summary>
    Flag,

    /// <summary>It is the option's value.</summary>
    Value,

    /// <summary>It is the option's value, and it may stand for itself as well: of any number of such options, each may
    /// be read its own way.</summary>
    Either,
}

/// <summary>Tells options, operands and subcommands apart, as the program would.</summary>
internal sealed class InvocationReader(CommandNode root, ArraySegment<Value> arguments, Unlisted unlisted,
    List<OptionUse> options, List<Value> operands, List<CommandLevel> levels)
{
    /// <summary>A pattern of subcommands is not longer than this many words.</summary>
    private const int MaximumCommandWords = 8;

    private CommandNode _node = root;
    private readonly HashSet<int> _optional = [];
    private bool _ended = root.Options.Style == OptionStyle.KeyValue;

    public int AfterDashes { get; private set; } = -1;

    /// <summary>How many options that are not listed have a word behind them.</summary>
    public int UnlistedCount { get; private set; }

    public int FirstOperandPlace { get; private set; } = int.MaxValue;

    public Value? ComputedCommand { get; private set; }

    /// <summary>The place of the word that may belong to the option before it, or not.</summary>
    private int _behindUnlisted = -1;

    public void Read()
    {
        levels.Add(new CommandLevel(_node, 0));
        bool isOldCluster = _node.Options.Style == OptionStyle.Cluster
            && arguments is [{ IsKnown: true, Text: [not '-', ..] first }, ..] && LooksLikeCluster(first);
        for (int i = isOldCluster ? ReadOldCluster(arguments[0].Text) : 0; i < arguments.Count; i++)
        {
            Value argument = arguments[i];
            // `${o:--rf}`: a computed word that would be an option is read as one.
            ReadOnlySpan<char> prefix = argument.StartsUnknown && argument.Text is ['-', ..]
                ? argument.Text
                : argument.KnownPrefix;
            if (IsDivider(argument, prefix))
            {
                _ended = true;
                AfterDashes = i + 1;
            }
            else if (!_ended && argument.IsKnown && _node.GroupEnd(argument.Text) is { } ends)
            {
                i = SkipGroup(i, ends);
            }
            else if (!_ended && IsOption(argument, prefix))
            {
                i = ReadOption(argument, i);
            }
            else
            {
                AddOperand(argument, i);
            }
        }
    }

    private bool IsDivider(Value argument, ReadOnlySpan<char> prefix)
    {
        if (!argument.IsKnown)
        {
            return false;
        }

        if (_ended)
        {
            return DividesCommand(argument);
        }

        return _node.Options.Style switch
        {
            OptionStyle.SingleDash => false,
            OptionStyle.Shell => prefix is "--" or "-",
            _ => prefix is "--",
        };
    }

    /// <summary><c>kubectl exec pod -- command</c>: the dashes only divide the place from the command.</summary>
    private bool DividesCommand(Value argument) =>
        AfterDashes < 0 && argument.Text == "--" && operands.Count - levels[^1].FirstOperand == 1
        && _node.Runs.Any(run => Array.Exists(run.What.Parts,
            part => part is { Kind: SelectorKind.Operands, First: 2 } or { Kind: SelectorKind.After, Names: ["--"] }));

    /// <summary>find's `-exec … ;`: what stands in it are the inner command's words, not options of this one.</summary>
    private int SkipGroup(int at, string[] ends)
    {
        while (at + 1 < arguments.Count && !(arguments[at + 1].IsKnown && ends.Contains(arguments[at + 1].Text)))
        {
            at++;
        }

        return at + 1;
    }

    private bool IsOption(Value argument, ReadOnlySpan<char> prefix) => prefix.Length > 1
        && (prefix[0] == '-' || (prefix[0] == '+'
            && (_node.Options.Style == OptionStyle.Shell || _node.Options.Find(argument.Text) is not null)));

    private void AddOperand(Value argument, int at)
    {
        if (_behindUnlisted == at)
        {
            _optional.Add(operands.Count);
        }

        FirstOperandPlace = Math.Min(FirstOperandPlace, at);
        operands.Add(argument);
        if (Descend(argument) is { } next)
        {
            _node = next;
        }
        else
        {
            _ended |= EndsOptions(operands.Count - levels[^1].FirstOperand);
        }
    }

    private bool EndsOptions(int count) => _node.Options.Style switch
    {
        OptionStyle.Posix or OptionStyle.Shell => !_node.HasCommands || count > MaximumCommandWords,
        OptionStyle.Host => count > 1,
        _ => false,
    };

    private bool LooksLikeCluster(string word) =>
        _node.Options.Find("-" + word[0]) is not null && word.All(c => char.IsAsciiLetterOrDigit(c));

    /// <summary>The subcommand that this operand completes: an exact word first, then patterns of any command on the
    /// way.</summary>
    private CommandNode? Descend(Value operand)
    {
        if (!_node.HasCommands && levels.Count == 1)
        {
            return null;
        }

        bool isFirst = IsFirst(levels[^1].FirstOperand);
        if (!operand.IsKnown && isFirst && _node.HasCommands)
        {
            ComputedCommand ??= operand;
            return null;
        }

        if (isFirst && _node.Commands.Count > 0)
        {
            string word = _node.IgnoreCase ? operand.Text.ToLowerInvariant() : operand.Text;
            if (_node.Commands.TryGetValue(word, out CommandNode? exact))
            {
                return Enter(exact);
            }
        }

        // Every pattern that the words so far complete speaks: `** delete` and `snapshots delete` both.
        CommandNode? entered = null;
        for (int i = levels.Count - 1; i >= 0; i--)
        {
            CommandLevel level = levels[i];
            if (level.Node.Patterns.Length == 0 || operands.Count - level.FirstOperand > MaximumCommandWords)
            {
                continue;
            }

            entered = EnterMatching(level.Node.PatternsEndingWith(operand.Text), level) ?? entered;
            entered = EnterMatching(level.Node.OpenPatterns, level) ?? entered;
        }

        return entered;
    }

    /// <summary>The last operand is the first of those from <paramref name="from"/> on that need be one.</summary>
    private bool IsFirst(int from)
    {
        for (int i = from; i < operands.Count - 1; i++)
        {
            if (!_optional.Contains(i))
            {
                return false;
            }
        }

        return true;
    }

    private CommandNode? EnterMatching(ReadOnlySpan<CommandPattern> patterns, CommandLevel level)
    {
        CommandNode? entered = null;
        foreach (CommandPattern pattern in patterns)
        {
            if (Matches(pattern.Words, 0, level.FirstOperand, level.Node.IgnoreCase)
                && !levels.Exists(taken => taken.Node == pattern.Node))
            {
                entered = Enter(pattern.Node);
            }
        }

        return entered;
    }

    private CommandNode Enter(CommandNode node)
    {
        levels.Add(new CommandLevel(node, operands.Count));
        return node;
    }

    private bool Matches(string[] words, int word, int operand, bool ignoreCase)
    {
        if (word == words.Length)
        {
            return operand == operands.Count;
        }

        if (words[word] == "**")
        {
            for (int skip = operand; skip <= operands.Count; skip++)
            {
                if (Matches(words, word + 1, skip, ignoreCase))
                {
                    return true;
                }
            }

            return false;
        }

        if (operand >= operands.Count)
        {
            return false;
        }

        bool isWord = (operands[operand].IsKnown || words[word] == "*")
            && Glob.MatchesEscaped(words[word], operands[operand].Text, ignoreCase)
            && Matches(words, word + 1, operand + 1, ignoreCase);
        return isWord || (operand < operands.Count - 1 && _optional.Contains(operand)
            && Matches(words, word, operand + 1, ignoreCase));
    }

    private int ReadOption(Value word, int at)
    {
        string text = word.Text;
        bool isLong = _node.Options.Style == OptionStyle.SingleDash
            || text.StartsWith("--", StringComparison.Ordinal)
            || (text[0] == '+' && _node.Options.Style != OptionStyle.Shell)
            || _node.Options.Find(Name(text)) is not null;
        return isLong ? ReadLong(word, at) : ReadCluster(word, at);
    }

    private static string Name(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? text : text[..equals];
    }

    private int ReadLong(Value word, int at)
    {
        string name = Name(word.Text);
        if (_node.Options.Find(name) is { } spec)
        {
            return ReadListed(spec, name, word, at, word.IsKnown);
        }

        // A beginning of several options is any of them; of none, it is an option that is not listed.
        ReadOnlySpan<string> abbreviated = _node.Options.FindAbbreviated(name);
        int last = at;
        foreach (string full in abbreviated)
        {
            last = Math.Max(last, ReadListed(_node.Options.Find(full)!, name, word, at, isSure: false));
        }

        return abbreviated.IsEmpty ? ReadUnlisted(name, word, at) : last;
    }

    private int ReadListed(OptionSpec spec, string name, Value word, int at, bool isSure)
    {
        Value? argument = null;
        if (name.Length < word.Text.Length)
        {
            argument = word.Tail(name.Length + 1);
        }
        else if (spec.Argument == OptionArgument.Required && at + 1 < arguments.Count)
        {
            argument = arguments[++at];
        }

        options.Add(new OptionUse(spec.Id, argument, word, at, isSure, IsListed: true));
        _ended |= spec.EndsOptions;
        return at;
    }

    private int ReadUnlisted(string name, Value word, int at)
    {
        if (name.Length < word.Text.Length)
        {
            options.Add(new OptionUse(name, word.Tail(name.Length + 1), word, at, word.IsKnown, IsListed: false));
            return at;
        }

        Value? argument = NextOf(ref at);
        options.Add(new OptionUse(name, argument, word, at, word.IsKnown, IsListed: false));
        return at;
    }

    /// <summary>The value of an option that may take the next word, in this reading; moves on when it takes
    /// it.</summary>
    private Value? NextOf(ref int at)
    {
        if (at + 1 == arguments.Count)
        {
            return null;
        }

        UnlistedCount++;
        switch (unlisted)
        {
            case Unlisted.Flag:
                return null;
            case Unlisted.Value:
                return arguments[++at];
            default:
                _behindUnlisted = at + 1;
                return arguments[at + 1];
        }
    }

    /// <summary><c>-abc</c>, <c>-ofile</c>, <c>-o file</c>; returns the place of the last word used. A letter that is
    /// not listed may have the rest for its value, so what stands behind it is not sure.</summary>
    private int ReadCluster(Value word, int at)
    {
        string text = word.Text;
        bool isSure = word.IsKnown;
        for (int i = 1; i < text.Length; i++)
        {
            string name = $"{text[0]}{text[i]}";
            OptionSpec? spec = _node.Options.Find(name) ?? PlusFlag(name);
            bool isLast = i + 1 == text.Length;
            if (spec is { Argument: OptionArgument.None } || (spec is null && !isLast))
            {
                options.Add(new OptionUse(spec?.Id ?? name, null, word, at, isSure, spec is not null));
                isSure &= spec is not null;
                _ended |= spec is { EndsOptions: true };
                continue;
            }

            Value? argument = null;
            if (!isLast)
            {
                argument = word.Tail(i + (text[i + 1] == '=' && i == 1 ? 2 : 1));
            }
            else if (spec is null || !isSure)
            {
                argument = NextOf(ref at);
            }
            else if (spec.Argument == OptionArgument.Required && at + 1 < arguments.Count)
            {
                argument = arguments[++at];
            }

            options.Add(new OptionUse(spec?.Id ?? name, argument, word, at, isSure, spec is not null));
            _ended |= spec is { EndsOptions: true };
            break;
        }

        return at;
    }

    /// <summary>What a shell's <c>-x</c> switches on, <c>+x</c> switches off.</summary>
    private static OptionSpec? PlusFlag(string name) =>
        name[0] == '+' ? new OptionSpec(name, OptionArgument.None) : null;

    /// <summary>tar's old form: the values follow in the order of their letters. Returns how many words that
    /// is.</summary>
    private int ReadOldCluster(string text)
    {
        int last = 0;
        foreach (char letter in text)
        {
            OptionSpec? spec = _node.Options.Find($"-{letter}");
            Value? argument = spec is { Argument: OptionArgument.Required } && last + 1 < arguments.Count
                ? arguments[++last]
                : null;
            options.Add(new OptionUse(spec?.Id ?? $"-{letter}", argument, arguments[0], 0, true, spec is not null));
        }

        return last + 1;
    }
}
