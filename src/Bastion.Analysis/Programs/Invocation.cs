using System.Runtime.InteropServices;
using Bastion.Analysis.Evaluation;

namespace Bastion.Analysis.Programs;

/// <summary>An option as it is used.</summary>
/// <param name="Word">The argument that it stands in.</param>
/// <param name="Place">Which argument that is.</param>
/// <param name="IsSure">False when it may as well be another option, or none: nothing may be excused by it.</param>
/// <param name="IsListed">False when the catalogue does not know it.</param>
internal sealed record OptionUse(string Id, Value? Argument, Value Word, int Place, bool IsSure, bool IsListed);

/// <summary>A command of the path taken (`docker`, then `volume rm`) and where its operands begin.</summary>
internal readonly record struct CommandLevel(CommandNode Node, int FirstOperand);

/// <summary>A command's arguments read by its catalogue entry's grammar. After <see cref="Clear"/> it can read another
/// command's.</summary>
internal sealed class Invocation
{
    private readonly List<OptionUse> _options = [];
    private readonly List<Value> _operands = [];
    private readonly List<CommandLevel> _levels = new(2);

    public ReadOnlySpan<CommandLevel> Levels => CollectionsMarshal.AsSpan(_levels);

    public List<OptionUse> Options => _options;

    public List<Value> Operands => _operands;

    /// <summary>Where a subcommand was expected stands something computed.</summary>
    public Value? ComputedCommand { get; private set; }

    /// <summary>The words after the program's name.</summary>
    public ArraySegment<Value> Arguments { get; private set; }

    /// <summary>The further readings that the words have, when some options are not listed: what each of them does is
    /// not known, so the worst counts.</summary>
    public ReadOnlySpan<Unlisted> FurtherReadings => _unlisted switch
    {
        0 => [],
        1 => [Unlisted.Value],
        _ => [Unlisted.Value, Unlisted.Either],
    };

    /// <summary>The place among the arguments of the first operand; past them all when there is none.</summary>
    public int FirstOperandPlace { get; private set; }

    private int AfterDashes { get; set; } = -1;

    private int _unlisted;

    public void Clear()
    {
        _options.Clear();
        _operands.Clear();
        _levels.Clear();
        Arguments = [];
        AfterDashes = -1;
        _unlisted = 0;
        FirstOperandPlace = int.MaxValue;
        ComputedCommand = null;
    }

    /// <param name="words">What stands after the program's name.</param>
    /// <param name="unlisted">What the word behind an option is that no entry lists.</param>
    public void Read(CommandNode root, ArraySegment<Value> words, Unlisted unlisted = Unlisted.Flag)
    {
        Clear();
        Arguments = words;
        var reader = new InvocationReader(root, words, unlisted, _options, _operands, _levels);
        reader.Read();
        AfterDashes = reader.AfterDashes;
        ComputedCommand = reader.ComputedCommand;
        _unlisted = reader.UnlistedCount;
        FirstOperandPlace = reader.FirstOperandPlace;
        Rename();
    }

    /// <summary>Only the options that another reading found and its entry does not list.</summary>
    public void ReadUnlisted(CommandNode root, Invocation other)
    {
        Clear();
        Arguments = other.Arguments;
        _levels.Add(new CommandLevel(root, 0));
        _options.AddRange(other._options.Where(use => !use.IsListed));
    }

    /// <summary>An option may stand before the command that lists it: it goes by the name that this command knows it
    /// by.</summary>
    private void Rename()
    {
        if (_levels.Count < 2)
        {
            return;
        }

        OptionGrammar grammar = _levels[^1].Node.Options;
        for (int i = 0; i < _options.Count; i++)
        {
            if (grammar.Find(_options[i].Id) is { } spec && spec.Id != _options[i].Id)
            {
                _options[i] = _options[i] with { Id = spec.Id };
            }
        }
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

    /// <param name="surely">Whether an option that may be another one does not count.</param>
    public bool Has(OptionTest test, bool surely = false)
    {
        foreach (OptionUse use in _options)
        {
            if ((use.IsSure || !surely) && test.IsMatch(use))
            {
                return true;
            }
        }

        return false;
    }

    public int CountOperands(CommandLevel level) => _operands.Count - level.FirstOperand;

    /// <summary>The words a selector means.</summary>
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
            else if (part.Kind == SelectorKind.Here)
            {
                found.Add(Value.Known(".", Arguments is [{ Span: var span }, ..] ? span : default));
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

    private void AddOptionValues(SelectorPart part, List<Value> found)
    {
        foreach (OptionUse use in _options)
        {
            if (use.Argument is not null && part.IsNamed(use.Id))
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
        foreach (Value argument in Arguments)
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
            int start = AfterDashes >= 0
                ? AfterDashes
                : Arguments.TakeWhile(word => !(word.IsKnown && word.Text == "--")).Count() + 1;
            if (start < Arguments.Count)
            {
                yield return [.. Arguments.Skip(start)];
            }

            yield break;
        }

        for (int i = 0; i < Arguments.Count; i++)
        {
            if (!Arguments[i].IsKnown || !part.Names.Contains(Arguments[i].Text))
            {
                continue;
            }

            var group = new List<Value>();
            while (++i < Arguments.Count && !(Arguments[i].IsKnown && part.Until.Contains(Arguments[i].Text)))
            {
                group.Add(Arguments[i]);
            }

            if (group.Count > 0)
            {
                yield return group;
            }
        }
    }
}
