using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>
/// One text while it is evaluated as a shell would run it, without running anything: every branch is taken, what is
/// constant is followed, and each command's effects are collected. It holds what its parts share: the text, where spans
/// point, the dialect. <see cref="CommandWalker"/> walks the tree, <see cref="CommandRunner"/> finds out who a command
/// is, <see cref="ProgramRunner"/> asks the catalogue, <see cref="InnerRunner"/> follows what programs run inside.
/// What evaluates a command returns what it would print when that is constant, else null.
/// </summary>
internal sealed class Evaluator
{
    /// <summary>`sh -c "sh -c …"`: nobody writes more levels in earnest.</summary>
    private const int MaximumNesting = 24;

    /// <summary>Longer output is not followed: what a pipeline makes of it counts as computed.</summary>
    private const int MaximumOutput = 16 * 1024;

    private readonly int _nesting;

    private Evaluator(EvaluationSession session, string source, TextSpan? fixedSpan, ShellDialect dialect, int nesting)
    {
        Session = session;
        Source = source;
        FixedSpan = fixedSpan;
        Dialect = dialect;
        _nesting = nesting;
        Expander = new Expander(this);
        Walker = new CommandWalker(this);
        Runner = new CommandRunner(this);
        Builtins = new BuiltinRunner(this);
        Programs = new ProgramRunner(this);
        Inner = new InnerRunner(this);
        Content = new ContentReader(this);
        Redirections = new RedirectionReader(this);
        Assignments = new AssignmentReader(this);
        Numbers = new ArithmeticText(this);
        Places = new PlaceReader(session);
    }

    public EvaluationSession Session { get; }

    public string Source { get; }

    /// <summary>Where everything of this text is said to stand, when it is not a part of the analysed one; else
    /// null.</summary>
    public TextSpan? FixedSpan { get; }

    public ShellDialect Dialect { get; }

    public Expander Expander { get; }

    public CommandWalker Walker { get; }

    public CommandRunner Runner { get; }

    public BuiltinRunner Builtins { get; }

    public ProgramRunner Programs { get; }

    public InnerRunner Inner { get; }

    public ContentReader Content { get; }

    public RedirectionReader Redirections { get; }

    public AssignmentReader Assignments { get; }

    public ArithmeticText Numbers { get; }

    public PlaceReader Places { get; }

    /// <summary>For the outermost text, or the rendering of an argument vector.</summary>
    public static Evaluator Create(EvaluationSession session, string source, ShellDialect dialect) =>
        new(session, source, null, dialect, 0);

    /// <summary>Reads and evaluates the whole of the text; returns where reading failed, if it did.</summary>
    public ParseFailure? EvaluateAll()
    {
        var state = new ShellState();
        ParseFailure? failure = Parser.ParseEach(Source, Dialect,
            statement => Walker.Evaluate(statement, state, StandardInput.Inherited));
        Walker.EvaluateUncalled();
        ReportUnread(failure);
        return failure;
    }

    /// <summary>A text given to a shell.</summary>
    public string? EvaluateText(Value text, ShellState state, StandardInput input, string? label)
    {
        if (!text.IsKnown)
        {
            Session.Report(EffectKind.CodeOpaque, RiskLevel.High, text.Span, Reasons.ComputedText,
                [text.AsObject(ObjectKind.Program)]);
        }

        Session.Budget.Spend(text.Text.Length);
        if (_nesting >= MaximumNesting || Session.Budget.IsExhausted)
        {
            Session.ReportExhausted(text.Span);
            return null;
        }

        if (text.Text.Length == 0)
        {
            return text.IsKnown ? "" : null;
        }

        string content = text.WithVariables();
        using WrapperChain.Link link = Session.Chain.Within(label);
        Evaluator inner = text.Verbatim >= 0
            ? new Evaluator(Session, Source, null, Dialect, _nesting + 1)
            : new Evaluator(Session, content, text.Span, Dialect, _nesting + 1);
        string? output = "";
        ParseFailure? failure = Parser.ParseEach(content, Dialect,
            statement => output = Join(output, inner.Walker.Evaluate(statement, state, input)),
            Math.Max(0, text.Verbatim));
        inner.ReportUnread(failure);
        return text.IsKnown ? output : null;
    }

    public void ReportUnread(ParseFailure? failure)
    {
        if (failure is null)
        {
            return;
        }

        TextSpan place = FixedSpan ?? new TextSpan(failure.Position, 0);
        Session.Notes.Add(new AnalysisNote(place, new Reason(failure.Message, failure.Message)));
        if (!failure.Recovered)
        {
            Session.Report(EffectKind.CodeOpaque, RiskLevel.High, FixedSpan
                ?? TextSpan.FromBounds(failure.Position, Math.Max(failure.Position, Source.Length)), Reasons.Unread);
        }
    }

    /// <summary>What a shell does behind a branch, a function or a loop, as far as the budget lets it be
    /// followed.</summary>
    public void Merge(ShellState branch, ShellState into, Merging merging, int leaving = -1)
    {
        if (!Session.Budget.IsExhausted)
        {
            Session.Budget.Spend(into.Merge(branch, merging, leaving));
        }
    }

    /// <summary>Two outputs one after the other; null when either is not known, or it becomes too long.</summary>
    public static string? Join(string? first, string? second)
    {
        if (first is null || second is null || first.Length + second.Length > MaximumOutput)
        {
            return null;
        }

        return first.Length == 0 ? second : second.Length == 0 ? first : first + second;
    }
}
