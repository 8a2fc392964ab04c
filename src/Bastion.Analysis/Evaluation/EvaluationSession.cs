using System.Runtime.CompilerServices;
using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>What one analysis shares among all texts nested in each other: the catalogue, the findings, the
/// budget.</summary>
internal sealed class EvaluationSession(Catalogue catalogue, int textLength)
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

    private readonly List<string> _programs = [];
    private readonly List<string> _unknownPrograms = [];
    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);

    public Catalogue Catalogue => catalogue;

    public EffectSink Sink { get; } = new();

    public List<AnalysisNote> Notes { get; } = [];

    public IReadOnlyList<string> Programs => _programs;

    public IReadOnlyList<string> UnknownPrograms => _unknownPrograms;

    /// <summary>Functions that are being called, innermost last.</summary>
    public List<string> CallStack { get; } = [];

    /// <summary>Bodies of functions that were called.</summary>
    public HashSet<Shell.Command> Called { get; } = [];

    /// <summary>Functions of the whole text, those of subshells and those replaced later among them, and where each was
    /// defined: what it calls may be known only there.</summary>
    public List<(string Name, Shell.Command Body, ShellState State)> Defined { get; } = [];

    /// <summary>Values of arguments seen so far: a script that is run after its name was an argument may have been made
    /// by that command.</summary>
    public HashSet<string> Mentioned { get; } = [];

    private readonly Stack<Invocation> _invocations = [];

    public Invocation TakeInvocation() => _invocations.TryPop(out Invocation? spare) ? spare : new Invocation();

    public void Return(Invocation invocation)
    {
        invocation.Clear();
        _invocations.Push(invocation);
    }

    /// <summary>Called with every command that would run, for tests that compare with what a shell does run.</summary>
    public Action<Value[]>? OnCommand { get; init; }

    /// <summary>How many pipelines and background commands are open: a function that calls itself there is a fork
    /// bomb.</summary>
    public int Concurrency { get; set; }

    /// <summary>How many commands are open whose arguments come in any number: find's -exec, xargs, loops over what is
    /// found.</summary>
    public int Bulk { get; set; }

    /// <summary>The text tells bash to run the last part of a pipeline in the shell itself.</summary>
    public bool LastPipe { get; set; }

    /// <summary>How often a command was met that leaves a loop or a function early: what stands behind it may not
    /// run.</summary>
    public int Jumps { get; set; }

    /// <summary>Inside words that may be a command, behind a program that is not known.</summary>
    public bool Guessing { get; set; }

    /// <summary>Inside a command that another program runs because of an option or a variable: nobody expects a script
    /// there.</summary>
    public int InOption { get; set; }

    /// <summary>The work done so far, in characters: what the tests of linear time count.</summary>
    public long Work { get; private set; }

    /// <summary>The text has used up what it may take: from here on it is opaque.</summary>
    public bool IsExhausted => _commandsLeft < 0 || _charactersLeft < 0;

    public bool TrySpendCommand()
    {
        _commandsLeft--;
        return !IsExhausted;
    }

    public void Spend(int characters)
    {
        Work += characters;
        _charactersLeft -= characters;
    }

    public void SpendFields(int count) => Spend(count * CharactersPerField);

    /// <summary>One level deeper; when this is false nothing has been entered. The limit comes first, so that an answer
    /// does not depend on the thread.</summary>
    public bool TryEnter()
    {
        if (_depth >= MaximumDepth || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            return false;
        }

        _depth++;
        return true;
    }

    public void Leave() => _depth--;

    public void NoteProgram(string name, bool known)
    {
        // Lists for people and policies; a hostile text must not make them long.
        const int maximumPrograms = 256;
        if (_programs.Count < maximumPrograms && _noted.Add(name))
        {
            _programs.Add(name);
            if (!known)
            {
                _unknownPrograms.Add(name);
            }
        }
    }
}
