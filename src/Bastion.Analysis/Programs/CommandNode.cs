using System.Collections.Frozen;

namespace Bastion.Analysis.Programs;

/// <summary>A program or one of its subcommands: how its arguments are read, and what they do.</summary>
internal sealed class CommandNode
{
    public required OptionGrammar Options { get; init; }

    public required EffectRule[] Effects { get; init; }

    public required InnerCommand[] Runs { get; init; }

    public required FileRule[] Files { get; init; }

    /// <summary>Where any of these holds nothing is done.</summary>
    public required Condition[] Rehearsals { get; init; }

    public required FrozenDictionary<string, CommandNode> Commands { get; init; }

    public required CommandPattern[] Patterns
    {
        get;
        init
        {
            field = value;
            IEnumerable<CommandPattern> closed = value.Where(pattern => !IsOpen(pattern));
            _patternsByLastWord = closed.GroupBy(pattern => pattern.Words[^1], StringComparer.OrdinalIgnoreCase)
                .ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.OrdinalIgnoreCase);
            _openPatterns = [.. value.Where(IsOpen)];
        }
    }

    private readonly FrozenDictionary<string, CommandPattern[]> _patternsByLastWord =
        FrozenDictionary<string, CommandPattern[]>.Empty;
    private readonly CommandPattern[] _openPatterns = [];

    private static bool IsOpen(CommandPattern pattern) => pattern.Words[^1].AsSpan().ContainsAny('*', '?', '\\');

    /// <summary>The patterns that may end with this word: a node can have hundreds, and each operand is
    /// tried.</summary>
    public ReadOnlySpan<CommandPattern> PatternsEndingWith(string word) => _patternsByLastWord.GetValueOrDefault(word);

    /// <summary>The patterns whose last word is a pattern itself.</summary>
    public ReadOnlySpan<CommandPattern> OpenPatterns => _openPatterns;

    public required bool IgnoreCase { get; init; }

    /// <summary>What ends the inner command that this word begins; null when it begins none.</summary>
    public string[]? GroupEnd(string word)
    {
        foreach (InnerCommand run in Runs)
        {
            foreach (SelectorPart part in run.What.Parts)
            {
                if (part.Until.Length > 0 && part.Names.Contains(word))
                {
                    return part.Until;
                }
            }
        }

        return null;
    }

    /// <summary>One of the commands directly below is worth asking about: when the command is computed, it may be that
    /// one.</summary>
    public bool HasDangerousCommand => Commands.Values.Any(command =>
        Array.Exists(command.Effects, rule => rule.Level > RiskLevel.Low && rule.Condition.With.Length == 0)
        || command.Runs.Length > 0);

    public bool HasCommands => Commands.Count > 0 || Patterns.Length > 0;
}

/// <summary>A subcommand written with wildcards: <c>* delete-*</c>, <c>** destroy</c>.</summary>
internal sealed record CommandPattern(string[] Words, CommandNode Node);

/// <summary>An entry of the catalogue.</summary>
internal sealed record ProgramEntry(string Name, CommandNode Root, string Source)
{
    public bool IsHarmless { get; } =
        Root is { Effects.Length: 0, Runs.Length: 0, Files.Length: 0, HasCommands: false };
}
