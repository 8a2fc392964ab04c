using Bastion.Analysis.Evaluation;

namespace Bastion.Analysis.Programs;

internal static class ConditionTest
{
    /// <summary>All but the classes of the objects, which the caller asks for once they are chosen.</summary>
    public static bool Holds(this Condition condition, Invocation invocation, CommandLevel level, bool hasStdin)
    {
        if (condition == Condition.Always)
        {
            return true;
        }

        foreach (OptionTest test in condition.With)
        {
            if (!invocation.Has(test))
            {
                return false;
            }
        }

        return condition.HoldsBesidesWith(invocation, level, hasStdin);
    }

    /// <summary>As above, without asking for the options that must be given.</summary>
    public static bool HoldsBesidesWith(this Condition condition, Invocation invocation, CommandLevel level,
        bool hasStdin)
    {
        foreach (OptionTest test in condition.Without)
        {
            if (invocation.Has(test, surely: true))
            {
                return false;
            }
        }

        int count = invocation.CountOperands(level);
        if (count < condition.MinOperands || count > condition.MaximumOperands)
        {
            return false;
        }

        foreach (OperandTest test in condition.Operand)
        {
            if (!Matches(test, invocation, level))
            {
                return false;
            }
        }

        foreach (OperandTest test in condition.NotOperand)
        {
            if (Matches(test, invocation, level))
            {
                return false;
            }
        }

        return condition.Stdin is not { } stdin || stdin == hasStdin;
    }

    private static bool Matches(OperandTest test, Invocation invocation, CommandLevel level)
    {
        int count = invocation.CountOperands(level);
        if (test.Place == 0)
        {
            for (int i = 0; i < count; i++)
            {
                if (Matches(test, invocation.Operands[level.FirstOperand + i], level))
                {
                    return true;
                }
            }

            return false;
        }

        int place = test.Place < 0 ? count - 1 : test.Place - 1;
        return place >= 0 && place < count && Matches(test, invocation.Operands[level.FirstOperand + place], level);
    }

    private static bool Matches(OperandTest test, Value operand, CommandLevel level) =>
        operand.IsKnown && Glob.MatchesAnyEscaped(test.Patterns, operand.Text, level.Node.IgnoreCase);
}
