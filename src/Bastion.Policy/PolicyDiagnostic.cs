namespace Bastion.Policy;

public enum DiagnosticSeverity
{
    /// <summary>The policy works, and probably does not say what its writer meant.</summary>
    Warning,

    /// <summary>The policy is not loaded.</summary>
    Error,
}

/// <summary>One finding about a policy: where, what, and how to mend it.</summary>
/// <param name="Code">A stable short name of the kind of finding, such as `unknown-key`.</param>
/// <param name="Message">One line, lower case, user input in backticks.</param>
/// <param name="Help">What to write instead, or null where the message says it all.</param>
public sealed record PolicyDiagnostic(
    DiagnosticSeverity Severity, SourceLocation Location, string Code, string Message, string? Help = null)
{
    public override string ToString()
    {
        string kind = Severity == DiagnosticSeverity.Error ? "error" : "warning";
        return Help is null
            ? $"{Location}: {kind}: {Message} [{Code}]"
            : $"{Location}: {kind}: {Message} [{Code}]\n    {Help}";
    }
}
