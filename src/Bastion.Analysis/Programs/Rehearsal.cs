namespace Bastion.Analysis.Programs;

/// <summary>
/// Whether a program, given these words, is known to stop before it does anything: <c>--help</c>, <c>--dry-run</c>. It
/// excuses only by an option that is surely that option, is not switched off again, stands where options are read, and
/// was not handed over by another program.
/// </summary>
internal static class Rehearsal
{
    private static readonly string[] On = ["", "true", "1", "t", "yes", "y", "on", "all"];

    private static readonly Condition Help = new() { With = [new OptionTest(["--help"], [])] };

    private static readonly Condition Version = new()
    {
        With = [new OptionTest(["--version"], [])],
        MaximumOperands = 0,
    };

    /// <param name="isStrict">Options end at the first operand, whatever the program does otherwise:
    /// <c>POSIXLY_CORRECT</c>.</param>
    public static bool Holds(Invocation invocation, bool isStrict)
    {
        foreach (CommandLevel level in invocation.Levels)
        {
            foreach (Condition condition in level.Node.Rehearsals)
            {
                if (Holds(condition, invocation, level, isStrict))
                {
                    return true;
                }
            }
        }

        CommandLevel last = invocation.Levels[^1];
        if (last.Node.Options.Style is OptionStyle.Gnu or OptionStyle.Cluster
            && (Holds(Help, invocation, last, isStrict) || Holds(Version, invocation, last, isStrict)))
        {
            return true;
        }

        return invocation.Arguments is [{ IsKnown: true, IsAppended: false, Text: "--help" or "--version" }];
    }

    private static bool Holds(Condition condition, Invocation invocation, CommandLevel level, bool isStrict)
    {
        foreach (OptionTest test in condition.With)
        {
            if (!invocation.Options.Exists(use => Excuses(use, test, invocation, level, isStrict)))
            {
                return false;
            }
        }

        // What is handed over by another program is given in any number of calls.
        return (condition.With.Length > 0 || !invocation.Operands.Exists(operand => operand.IsAppended))
            && condition.HoldsBesidesWith(invocation, level, hasStdin: false);
    }

    private static bool Excuses(
        OptionUse use, OptionTest test, Invocation invocation, CommandLevel level, bool isStrict)
    {
        if (!use.IsSure || use.Word.IsAppended || !test.IsMatch(use) || (isStrict
            && use.Place > invocation.FirstOperandPlace))
        {
            return false;
        }

        if (test.ValuePatterns.Length == 0 && use.Argument is { } value
            && (!value.IsKnown || !On.Contains(value.Text, StringComparer.OrdinalIgnoreCase)))
        {
            return false;
        }

        return !IsSwitchedOff(use, test, invocation, level) && !IsBehindCode(use, invocation);
    }

    /// <summary><c>--dry-run --no-dry-run</c>, <c>--dry-run --dry-run=false</c>.</summary>
    private static bool IsSwitchedOff(OptionUse use, OptionTest test, Invocation invocation, CommandLevel level)
    {
        foreach (OptionUse other in invocation.Options)
        {
            bool isNegation = other.Id.StartsWith("--no-", StringComparison.Ordinal)
                && test.Ids.Contains(level.Node.Options.Id($"--{other.Id[5..]}"));
            bool isOff = other.Id == use.Id && other.Argument is not null && !test.IsMatch(other);
            bool isValueOff = other.Id == use.Id && test.ValuePatterns.Length == 0 && other.Argument is { } value
                && !On.Contains(value.Text, StringComparer.OrdinalIgnoreCase);
            if (isNegation || isOff || isValueOff)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>What stands behind the code of an interpreter may be the code's: <c>python -c code -h</c>.</summary>
    private static bool IsBehindCode(OptionUse use, Invocation invocation)
    {
        foreach (OptionUse other in invocation.Options)
        {
            if (other.Place < use.Place && other.Argument is not null && IsCode(other.Id, invocation))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsCode(string id, Invocation invocation)
    {
        foreach (CommandLevel level in invocation.Levels)
        {
            foreach (InnerCommand inner in level.Node.Runs)
            {
                bool takesCode = inner.Kind is InnerKind.Code or InnerKind.Sql
                    || (inner.Kind == InnerKind.Shell && id is "-c" or "--command");
                if (takesCode && Array.Exists(inner.What.Parts,
                    part => part.Kind == SelectorKind.OptionValue && part.IsNamed(id)))
                {
                    return true;
                }
            }
        }

        return false;
    }
}
