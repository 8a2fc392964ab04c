namespace Bastion.Policy.Syntax;

/// <summary>Collects findings, so that one run of the check shows them all.</summary>
internal sealed class DiagnosticBag
{
    private readonly List<PolicyDiagnostic> _found = [];
    private readonly HashSet<Node> _unsound = new(ReferenceEqualityComparer.Instance);
    private bool _full;

    public int Errors { get; private set; }

    public void Error(SourceLocation location, string code, string message, string? help = null) =>
        Add(new PolicyDiagnostic(DiagnosticSeverity.Error, location, code, message, help));

    public void Warning(SourceLocation location, string code, string message, string? help = null) =>
        Add(new PolicyDiagnostic(DiagnosticSeverity.Warning, location, code, message, help));

    /// <summary>Remembers that something is wrong inside a node: it is not bound, only its name is known.</summary>
    public void MarkUnsound(Node node) => _unsound.Add(node);

    public bool IsSound(Node node) => !_unsound.Contains(node);

    /// <summary>By file and line, errors among warnings, as a person mends a file.</summary>
    public IReadOnlyList<PolicyDiagnostic> Sorted() =>
    [
        .. _found
            .OrderBy(d => d.Location.File, StringComparer.Ordinal)
            .ThenBy(d => d.Location.Line)
            .ThenBy(d => d.Location.Column),
    ];

    private void Add(PolicyDiagnostic diagnostic)
    {
        Errors += diagnostic.Severity == DiagnosticSeverity.Error ? 1 : 0;
        if (_found.Count < PolicyLimits.Diagnostics)
        {
            _found.Add(diagnostic);
        }
        else if (!_full)
        {
            _full = true;
            _found.Add(new PolicyDiagnostic(
                DiagnosticSeverity.Error, diagnostic.Location, "too-many-findings",
                $"more than {PolicyLimits.Diagnostics} findings; the rest is not shown", "mend these first"));
        }
    }
}
