using Bastion.Analysis.Programs;

namespace Bastion.Analysis.Evaluation;

/// <summary>What one analysis shares among all texts nested in each other: the catalogue, the findings, the budget, and
/// what surrounds the command that is being evaluated.</summary>
internal sealed class EvaluationSession(Catalogue catalogue, int textLength,
    IReadOnlyDictionary<string, TargetScript>? scripts = null)
{
    /// <summary>Of more files that a command would run, nobody reads on; the further ones stay unseen.</summary>
    private const int MaximumScripts = 64;

    private readonly Dictionary<string, ScriptReference> _scripts = new(StringComparer.Ordinal);
    private ScriptFile? _file;
    private readonly Stack<Invocation> _invocations = [];
    private readonly List<string> _programs = [];
    private readonly List<string> _unknownPrograms = [];
    private readonly HashSet<string> _noted = new(StringComparer.Ordinal);
    private int _concurrency;
    private int _bulk;
    private int _inOption;
    private int _guessing;
    private int _loops;

    public Catalogue Catalogue => catalogue;

    public EvaluationBudget Budget { get; } = new(textLength);

    public EffectSink Sink { get; } = new();

    public List<AnalysisNote> Notes { get; } = [];

    public WrapperChain Chain { get; } = new();

    public WrittenFiles Files { get; } = new();

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

    /// <summary>Called with every command that would run, for tests that compare with what a shell does run.</summary>
    public Action<Value[]>? OnCommand { get; init; }

    /// <summary>The text tells bash to run the last part of a pipeline in the shell itself.</summary>
    public bool LastPipe { get; set; }

    /// <summary>How often a command was met that leaves a loop or a function early: what stands behind it may not
    /// run.</summary>
    public int Jumps { get; set; }

    /// <summary>In a pipeline or a background command: a function that calls itself there is a fork bomb.</summary>
    public bool IsConcurrent => _concurrency > 0;

    /// <summary>In a command whose arguments come in any number: find's -exec, xargs, loops over what is
    /// found.</summary>
    public bool IsInBulk => _bulk > 0;

    /// <summary>In a command that another program runs because of an option or a variable: nobody expects a script
    /// there.</summary>
    public bool IsInOption => _inOption > 0;

    /// <summary>In words that may be a command, behind a program that is not known.</summary>
    public bool IsGuessing => _guessing > 0;

    /// <summary>How many loops with known rounds are open.</summary>
    public int Loops => _loops;

    public Raised Concurrently() => new(ref _concurrency);

    public Raised InBulk(bool really = true) => new(ref _bulk, really);

    public Raised InOption(bool really = true) => new(ref _inOption, really);

    public Raised Guessing() => new(ref _guessing);

    public Raised InLoop() => new(ref _loops);

    public Multiplicity MultiplicityOf(Value value)
    {
        bool isOneOfMany = !value.IsKnown || value.HasGlob || value.Text.Length == 0
            || value.Text.Contains("{}", StringComparison.Ordinal);
        return value.IsList || (IsInBulk && isOneOfMany) ? Multiplicity.Any
            : value.HasGlob ? Multiplicity.Several
            : Multiplicity.One;
    }

    public Invocation TakeInvocation() => _invocations.TryPop(out Invocation? spare) ? spare : new Invocation();

    public void Return(Invocation invocation)
    {
        invocation.Clear();
        _invocations.Push(invocation);
    }

    /// <summary>Adds an effect of what is being evaluated. A guess finds no opaque command: every word could be
    /// one.</summary>
    public void Report(EffectKind kind, RiskLevel level, TextSpan span, Reason reason,
        IReadOnlyList<EffectObject>? objects = null, EffectScope scope = EffectScope.Unknown,
        IReadOnlyList<string>? innerChain = null)
    {
        if (IsGuessing && kind.IsOpaque())
        {
            return;
        }

        IReadOnlyList<string> chain =
            innerChain is { Count: > 0 } ? [.. Chain.Snapshot, .. innerChain] : Chain.Snapshot;
        Sink.Add(new Effect(kind, level, objects ?? [], scope, _file?.Root ?? span, reason, chain)
        {
            Line = _file?.LineAt(span.Start),
        });
    }

    /// <summary>Files of the target that commands of the text would run or read as programs.</summary>
    public IReadOnlyCollection<ScriptReference> Scripts => _scripts.Values;

    /// <summary>Notes that a file of the target would be run; what was found there, if somebody looked.</summary>
    public TargetScript? FindScript(string path, string language)
    {
        TargetScript? found = scripts?.GetValueOrDefault(path);
        if (_scripts.Count < MaximumScripts || _scripts.ContainsKey(path))
        {
            _scripts[path] = new ScriptReference(path, language) { IsRead = found?.Content is not null };
        }

        return found;
    }

    /// <summary>Within the text of a script, unless it lies too deep or calls itself.</summary>
    public FileScope InFile(string path, string content, TextSpan span)
    {
        for (ScriptFile? open = _file; open is not null; open = open.Caller)
        {
            if (open.Path == path)
            {
                return default;
            }
        }

        var file = new ScriptFile(path, content, span, _file);
        return file.Depth > ScriptFile.MaximumDepth ? default : new FileScope(this, file);
    }

    internal readonly ref struct FileScope
    {
        private readonly EvaluationSession? _session;

        public FileScope(EvaluationSession session, ScriptFile file)
        {
            _session = session;
            session._file = file;
        }

        public bool IsEntered => _session is not null;

        public void Dispose()
        {
            if (_session is not null)
            {
                _session._file = _session._file!.Caller;
            }
        }
    }

    public void ReportExhausted(TextSpan span) =>
        Report(EffectKind.CodeOpaque, RiskLevel.High, span, Reasons.Budget);

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
