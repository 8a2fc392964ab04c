using Bastion.Analysis;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Control.Policies;

/// <summary>
/// Reads a policy from its directory and runs the cases that lie beside it: a policy that fails its own cases is as
/// little loaded as one that does not parse.
/// </summary>
public sealed class PolicySource(string directory, Analyzer analyzer, TimeProvider time)
{
    public PolicyLoadResult Load() => PolicyLoader.LoadAndTest(directory, EffectsOf, time);

    private IReadOnlyList<PolicyEffect> EffectsOf(string command) =>
        [.. analyzer.AnalyzeShell(command).Effects.Select(PolicyQuestion.EffectOf)];
}
