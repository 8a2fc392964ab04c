using Bastion.Analysis;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Control.Policies;

/// <summary>
/// Reads a policy from its directory and runs the cases that lie beside it: a policy that fails its own cases is as little
/// loaded as one that does not parse.
/// </summary>
public sealed class PolicySource(string directory, Analyzer analyzer, TimeProvider time)
{
    public PolicyLoadResult Load()
    {
        var loaded = PolicyLoader.Load(directory, time);
        if (loaded.Snapshot is not { } policy)
        {
            return loaded;
        }

        var cases = PolicyCaseFiles.Load(directory);
        var failed = PolicyTest.Run(policy, cases.Cases, EffectsOf)
            .Where(result => !result.Passed)
            .Select(result => new PolicyDiagnostic(
                DiagnosticSeverity.Error, result.Case.Location, "case-failed", $"the case `{result.Case.Name}` fails: {result.Problem}"))
            .ToList();
        IReadOnlyList<PolicyDiagnostic> diagnostics = [.. loaded.Diagnostics, .. cases.Diagnostics, .. failed];
        return new PolicyLoadResult(cases.HasErrors || failed.Count > 0 ? null : policy, diagnostics);
    }

    private IReadOnlyList<PolicyEffect> EffectsOf(string command) =>
        [.. analyzer.AnalyzeShell(command).Effects.Select(PolicyQuestion.EffectOf)];
}
