using System.Runtime.CompilerServices;

namespace Bastion.Analysis.Evaluation;

/// <summary>How much one analysis may do. A text that has used it up is opaque from there on.</summary>
internal sealed class EvaluationBudget(int textLength)
{
    /// <summary>Commands beyond those written in the text: functions called, loops unrolled, texts evaluated. A script
    /// that needs more is opaque.</summary>
    private const int ExtraCommands = 4_000;

    /// <summary>Characters that evaluation may read or make beyond those of the text: a long value used in many places
    /// is a long text each time.</summary>
    private const long ExtraCharacters = 4_000_000;

    /// <summary>Everyday scripts make less text than they have, even with each loop's body read twice.</summary>
    private const long CharactersEach = 8;

    /// <summary>A field is some ten allocations, however short it is.</summary>
    private const int CharactersPerField = 16;

    /// <summary>Commands in commands, through groups, functions, wrappers and texts together: `sudo` a thousand times
    /// over must not use up the thread's stack. The deepest real scripts have some 40; a level takes about 1
    /// KiB.</summary>
    private const int MaximumDepth = 400;

    private int _depth;

    /// <summary>One command takes at least two characters.</summary>
    private int _commandsLeft = ExtraCommands + (textLength / 2);

    private long _charactersLeft = ExtraCharacters + (CharactersEach * textLength);

    public bool IsExhausted => _commandsLeft < 0 || _charactersLeft < 0;

    public bool TrySpendCommand()
    {
        _commandsLeft--;
        return !IsExhausted;
    }

    public void Spend(int characters) => _charactersLeft -= characters;

    public void SpendFields(int count) => Spend(count * CharactersPerField);

    /// <summary>One level deeper until the result is disposed, if there is room. The limit comes first, so that an
    /// answer does not depend on the thread.</summary>
    public Level Enter() =>
        _depth >= MaximumDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack() ? default : new Level(this);

    internal readonly ref struct Level
    {
        private readonly EvaluationBudget? _budget;

        public Level(EvaluationBudget budget)
        {
            _budget = budget;
            budget._depth++;
        }

        /// <summary>False when what follows lies too deep to be evaluated.</summary>
        public bool IsEntered => _budget is not null;

        public void Dispose()
        {
            if (_budget is not null)
            {
                _budget._depth--;
            }
        }
    }
}
