using System.Runtime.InteropServices;
using Bastion.Analysis.Evaluation;

namespace Bastion.Analysis.Programs;

internal sealed record OptionUse(string Id, Value? Argument, Value Word);

/// <summary>A command of the path taken (`docker`, then `volume rm`) and where its operands begin.</summary>
internal readonly record struct CommandLevel(CommandNode Node, int FirstOperand);

/// <summary>A command's arguments read by its catalogue entry's grammar. After <see cref="Clear"/> it can read another
/// command's.</summary>
internal sealed class Invocation
{
    /// <summary>A pattern of subcommands is not longer than this many words.</summary>
    private const int MaximumCommandWords = 8;

    private readonly List<OptionUse> _options = [];
    private readonly List<Value> _operands = [];
    private readonly List<CommandLevel> _levels = new(2);
    private ArraySegment<Value> _arguments;
    private int _afterDashes = -1;

    public ReadOnlySpan<CommandLevel> Levels => CollectionsMarshal.AsSpan(_levels);

    public List<OptionUse> Options => _options;

    public List<Value> Operands => _operands;

    /// <summary>Where a subcommand was expected stands something computed.</summary>
    public Value? ComputedCommand { get; private set; }

    /// <summary>The words after the program's name.</summary>
    public ArraySegment<Value> Arguments => _arguments;

    public void Clear()
    {
        _options.Clear();
        _operands.Clear();
        _levels.Clear();
        _arguments = [];
        _afterDashes = -1;
        ComputedCommand = null;
    }

    public bool Has(string id)
    {
        foreach (OptionUse use in _options)
        {
            if (use.Id == id)
            {
                return true;
            }
        }

        return false;
    }

    public bool Has(OptionTest test)
    {
        foreach (OptionUse use in _options)
        {
            if (Array.IndexOf(test.Ids, use.Id) < 0 && !(test.HasPatterns && Glob.MatchesAnyEscaped(test.Ids, use.Id)))
            {
                continue;
            }

            if (test.ValuePatterns.Length == 0
                || (use.Argument is { IsKnown: true } value && Glob.MatchesAnyEscaped(test.ValuePatterns, value.Text)))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="words">What stands after the program's name.</param>
    public void Read(CommandNode root, ArraySegment<Value> words)
    {
        _arguments = words;
        _levels.Add(new CommandLevel(root, 0));
        CommandNode node = root;
        bool ended = node.Options.Style == OptionStyle.KeyValue;
        if (node.Options.Style == OptionStyle.Cluster
            && _arguments is [{ IsKnown: true, Text: [not '-', ..] first }, ..] && LooksLikeCluster(node, first))
        {
            ReadCluster(node.Options, first, 0, 0);
        }

        for (int i = 0; i < _arguments.Count; i++)
        {
            Value argument = _arguments[i];
            // `${o:--rf}`: a computed word that would be an option is read as one.
            ReadOnlySpan<char> prefix = argument.StartsUnknown && argument.Text is ['-', ..]
                ? argument.Text
                : argument.KnownPrefix;
            if (!ended && prefix is "--" && argument.IsKnown && node.Options.Style != OptionStyle.SingleDash)
            {
                ended = true;
                _afterDashes = i + 1;
                continue;
            }

            if (ended && DividesCommand(node, argument))
            {
                _afterDashes = i + 1;
                continue;
            }

            if (!ended && argument.IsKnown && node.GroupEnd(argument.Text) is { } ends)
            {
                // find's `-exec … ;`: what stands in it are the inner command's words, not options of this one.
                while (i + 1 < _arguments.Count
                    && !(_arguments[i + 1].IsKnown && ends.Contains(_arguments[i + 1].Text)))
                {
                    i++;
                }

                i++;
                continue;
            }

            if (!ended && prefix.Length > 1
                && (prefix[0] == '-' || (prefix[0] == '+' && node.Options.Find(argument.Text) is not null)))
            {
                i = ReadOption(node.Options, argument, i);
                continue;
            }

            _operands.Add(argument);
            CommandNode? next = Descend(node, argument);
            if (next is not null)
            {
                node = next;
            }
            else if (EndsOptions(node, _operands.Count - _levels[^1].FirstOperand))
            {
                ended = true;
            }
        }
    }

    private static bool EndsOptions(CommandNode node, int count) => node.Options.Style switch
    {
        OptionStyle.Posix => !node.HasCommands || count > MaximumCommandWords,
        OptionStyle.Host => count > 1,
        _ => false,
    };

    /// <summary><c>kubectl exec pod -- command</c>: the dashes only divide the place from the command.</summary>
    private bool DividesCommand(CommandNode node, Value argument) =>
        _afterDashes < 0 && argument is { IsKnown: true, Text: "--" } && _operands.Count - _levels[^1].FirstOperand == 1
        && node.Runs.Any(run => Array.Exists(run.What.Parts,
        part => part is { Kind: SelectorKind.Operands, First: 2 } or { Kind: SelectorKind.After, Names: ["--"] }));

    private static bool LooksLikeCluster(CommandNode node, string word) =>
        node.Options.Find("-" + word[0]) is not null && word.All(c => char.IsAsciiLetterOrDigit(c));

    /// <summary>The subcommand that this operand completes: an exact word first, then patterns of any command on the
    /// way.</summary>
    private CommandNode? Descend(CommandNode node, Value operand)
    {
        if (!node.HasCommands && _levels.Count == 1)
        {
            return null;
        }

        int place = _operands.Count - _levels[^1].FirstOperand;
        if (!operand.IsKnown && place == 1 && node.HasCommands)
        {
            ComputedCommand ??= operand;
            return null;
        }

        if (place == 1 && node.Commands.Count > 0)
        {
            string word = node.IgnoreCase ? operand.Text.ToLowerInvariant() : operand.Text;
            if (node.Commands.TryGetValue(word, out CommandNode? exact))
            {
                return Enter(exact);
            }
        }

        // Every pattern that the words so far complete speaks: `** delete` and `snapshots delete` both.
        CommandNode? entered = null;
        for (int i = _levels.Count - 1; i >= 0; i--)
        {
            CommandLevel level = _levels[i];
            if (level.Node.Patterns.Length == 0 || _operands.Count - level.FirstOperand > MaximumCommandWords)
            {
                continue;
            }

            entered = EnterMatching(level.Node.PatternsEndingWith(operand.Text), level) ?? entered;
            entered = EnterMatching(level.Node.OpenPatterns, level) ?? entered;
        }

        return entered;
    }

    private CommandNode? EnterMatching(ReadOnlySpan<CommandPattern> patterns, CommandLevel level)
    {
        CommandNode? entered = null;
        foreach (CommandPattern pattern in patterns)
        {
            if (Matches(pattern.Words, 0, level.FirstOperand, level.Node.IgnoreCase) && !IsTaken(pattern.Node))
            {
                entered = Enter(pattern.Node);
            }
        }

        return entered;
    }

    private bool IsTaken(CommandNode node)
    {
        foreach (CommandLevel level in _levels)
        {
            if (level.Node == node)
            {
                return true;
            }
        }

        return false;
    }

    private CommandNode Enter(CommandNode node)
    {
        _levels.Add(new CommandLevel(node, _operands.Count));
        return node;
    }

    private bool Matches(string[] words, int word, int operand, bool ignoreCase)
    {
        if (word == words.Length)
        {
            return operand == _operands.Count;
        }

        if (words[word] == "**")
        {
            for (int skip = operand; skip <= _operands.Count; skip++)
            {
                if (Matches(words, word + 1, skip, ignoreCase))
                {
                    return true;
                }
            }

            return false;
        }

        return operand < _operands.Count && (_operands[operand].IsKnown || words[word] == "*")
            && Glob.MatchesEscaped(words[word], _operands[operand].Text, ignoreCase)
            && Matches(words, word + 1, operand + 1, ignoreCase);
    }

    private int ReadOption(OptionGrammar grammar, Value word, int at)
    {
        string text = word.Text;
        if (grammar.Style == OptionStyle.SingleDash)
        {
            return ReadLong(grammar, word, at, abbreviated: false);
        }

        if (text.StartsWith("--", StringComparison.Ordinal) || (text[0] == '+') || grammar.Find(Name(text)) is not null)
        {
            return ReadLong(grammar, word, at, abbreviated: true);
        }

        return ReadCluster(grammar, text, 1, at);
    }

    private static string Name(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        return equals < 0 ? text : text[..equals];
    }

    private int ReadLong(OptionGrammar grammar, Value word, int at, bool abbreviated)
    {
        string name = Name(word.Text);
        OptionSpec? spec = abbreviated ? grammar.FindAbbreviated(name) : grammar.Find(name);
        string id = spec?.Id ?? name;
        if (name.Length < word.Text.Length)
        {
            _options.Add(new OptionUse(id, word.Tail(name.Length + 1), word));
            return at;
        }

        bool takesNext = spec is null
            ? grammar.UnlistedTakeValue && name.StartsWith("--", StringComparison.Ordinal) && at + 1 < _arguments.Count
            && !_arguments[at + 1].KnownPrefix.StartsWith("-")
            : spec.Argument == OptionArgument.Required && at + 1 < _arguments.Count;
        _options.Add(new OptionUse(id, takesNext ? _arguments[at + 1] : null, word));
        return takesNext ? at + 1 : at;
    }

    /// <summary><c>-abc</c>, <c>-ofile</c>, <c>-o file</c>; returns the place of the last word used.</summary>
    private int ReadCluster(OptionGrammar grammar, string text, int from, int at)
    {
        Value word = _arguments[at];
        int next = at;
        for (int i = from; i < text.Length; i++)
        {
            string name = "-" + text[i];
            OptionSpec? spec = grammar.Find(name);
            if (spec is null or { Argument: OptionArgument.None })
            {
                _options.Add(new OptionUse(spec?.Id ?? name, null, word));
                continue;
            }

            bool glued = i + 1 < text.Length;
            if (from == 0 && spec.Argument == OptionArgument.Required)
            {
                // tar's old form: the values follow in the order of their letters.
                next++;
                _options.Add(new OptionUse(spec.Id, next < _arguments.Count ? _arguments[next] : null, word));
                continue;
            }

            if (glued)
            {
                _options.Add(new OptionUse(spec.Id, word.Tail(i + (text[i + 1] == '=' && i == 1 ? 2 : 1)), word));
            }
            else if (spec.Argument == OptionArgument.Required && next + 1 < _arguments.Count)
            {
                _options.Add(new OptionUse(spec.Id, _arguments[++next], word));
            }
            else
            {
                _options.Add(new OptionUse(spec.Id, null, word));
            }

            break;
        }

        return next;
    }

    /// <summary>The groups of words a selector means; each word its own group but for <c>after … until</c>.</summary>
    public List<Value> Select(Selector selector, CommandLevel level)
    {
        var found = new List<Value>();
        foreach (SelectorPart part in selector.Parts)
        {
            if (part.Kind == SelectorKind.Operands)
            {
                AddPlaces(part, level, found);
            }
            else if (part.Kind == SelectorKind.OptionValue)
            {
                AddOptionValues(part, found);
            }
            else if (part.Kind == SelectorKind.Key)
            {
                found.AddRange(Keys(part));
            }
            else
            {
                found.AddRange(Groups(part).SelectMany(group => group));
            }
        }

        return found;
    }

    /// <summary>As <see cref="Select"/>, but <c>after -exec until ;</c> gives each group by itself, and other words are
    /// one group.</summary>
    public IEnumerable<List<Value>> SelectGroups(Selector selector, CommandLevel level)
    {
        if (selector.Parts is [{ Kind: SelectorKind.After } part])
        {
            return Groups(part);
        }

        List<Value> words = Select(selector, level);
        return words.Count == 0 ? [] : [words];
    }

    public int CountOperands(CommandLevel level) => _operands.Count - level.FirstOperand;

    private void AddOptionValues(SelectorPart part, List<Value> found)
    {
        foreach (OptionUse use in _options)
        {
            if (use.Argument is not null && part.Names.Contains(use.Id))
            {
                found.Add(use.Argument);
            }
        }
    }

    private void AddPlaces(SelectorPart part, CommandLevel level, List<Value> found)
    {
        int count = CountOperands(level);
        int first = part.First < 0 ? count + part.First : part.First - 1;
        int last = part.Last < 0 ? count + part.Last : part.Last - 1;
        for (int i = Math.Max(0, first); i <= last && i < count; i++)
        {
            found.Add(_operands[level.FirstOperand + i]);
        }
    }

    private IEnumerable<Value> Keys(SelectorPart part)
    {
        foreach (Value argument in _arguments)
        {
            int equals = argument.KnownPrefix.IndexOf('=');
            if (equals > 0 && part.Names.Contains(argument.Text[..equals]))
            {
                yield return argument.Tail(equals + 1);
            }
        }
    }

    private IEnumerable<List<Value>> Groups(SelectorPart part)
    {
        if (part.Names is ["--"])
        {
            int start = _afterDashes >= 0
                ? _afterDashes
                : _arguments.TakeWhile(word => !(word.IsKnown && word.Text == "--")).Count() + 1;
            if (start < _arguments.Count)
            {
                yield return [.. _arguments.Skip(start)];
            }

            yield break;
        }

        for (int i = 0; i < _arguments.Count; i++)
        {
            if (!_arguments[i].IsKnown || !part.Names.Contains(_arguments[i].Text))
            {
                continue;
            }

            var group = new List<Value>();
            while (++i < _arguments.Count && !(_arguments[i].IsKnown && part.Until.Contains(_arguments[i].Text)))
            {
                group.Add(_arguments[i]);
            }

            if (group.Count > 0)
            {
                yield return group;
            }
        }
    }
}
