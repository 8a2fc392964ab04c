namespace Bastion.Analysis.Evaluation;

/// <summary>What one analysis shares among all texts nested in each other: the catalogue, the findings, the budget.</summary>
internal sealed class EvaluationSession(Catalogue catalogue, int textLength)
{
    /// <summary>Commands beyond those written in the text: functions called, loops unrolled, texts evaluated. A script that needs more is opaque.</summary>
    private const int ExtraCommands = 4_000;

    /// <summary>One command takes at least two characters.</summary>
    private int commandsLeft = ExtraCommands + (textLength / 2);

    private readonly List<string> programs = [];
    private readonly List<string> unknownPrograms = [];
    private readonly HashSet<string> noted = new(StringComparer.Ordinal);

    public Catalogue Catalogue => catalogue;

    public EffectSink Sink { get; } = new();

    public List<AnalysisNote> Notes { get; } = [];

    public IReadOnlyList<string> Programs => programs;

    public IReadOnlyList<string> UnknownPrograms => unknownPrograms;

    /// <summary>Functions that are being called, innermost last.</summary>
    public List<string> CallStack { get; } = [];

    public HashSet<string> Called { get; } = [];

    /// <summary>Values of arguments seen so far: a script that is run after its name was an argument may have been made by that command.</summary>
    public HashSet<string> Mentioned { get; } = [];

    /// <summary>Called with every command that would run, for tests that compare with what a shell does run.</summary>
    public Action<Value[]>? OnCommand { get; init; }

    /// <summary>How many pipelines and background commands are open: a function that calls itself there is a fork bomb.</summary>
    public int Concurrency { get; set; }

    /// <summary>How many commands are open whose arguments come in any number: find's -exec, xargs, loops over what is found.</summary>
    public int Bulk { get; set; }

    /// <summary>Inside a command that another program runs because of an option or a variable: nobody expects a script there.</summary>
    public int InOption { get; set; }

    public bool TrySpend() => --commandsLeft >= 0;

    public void NoteProgram(string name, bool known)
    {
        // Lists for people and policies; a hostile text must not make them long.
        const int maxPrograms = 256;
        if (programs.Count < maxPrograms && noted.Add(name))
        {
            programs.Add(name);
            if (!known)
                unknownPrograms.Add(name);
        }
    }
}
