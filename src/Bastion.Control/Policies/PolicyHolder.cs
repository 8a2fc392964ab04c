using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;

namespace Bastion.Control.Policies;

/// <summary>
/// The policy in force. A reload is validated first and swapped whole; a bad one leaves the old in force and is
/// recorded.
/// Whoever decides asks <see cref="Current"/> anew each time, so live sessions meet a new policy at their next intent.
/// </summary>
public sealed class PolicyHolder : IDisposable
{
    private readonly Func<PolicyLoadResult> _load;
    private readonly EvidenceLog _evidence;
    private readonly SemaphoreSlim _reloading = new(1, 1);
    private PolicySnapshot _current;

    /// <param name="first">Loaded and found good by the caller: a gateway without a policy does not start.</param>
    /// <param name="load">Reads the policy again from where it lies and runs its cases.</param>
    public PolicyHolder(PolicySnapshot first, Func<PolicyLoadResult> load, EvidenceLog evidence)
    {
        _current = first;
        _load = load;
        _evidence = evidence;
    }

    public PolicySnapshot Current => Volatile.Read(ref _current);

    /// <summary>The last reload failed; the policy in force is older than the files.</summary>
    public IReadOnlyList<PolicyDiagnostic> LastErrors { get; private set; } = [];

    /// <summary>Writes down which policy the gateway starts with.</summary>
    public async ValueTask RecordFirstAsync() =>
        await _evidence.RecordAsync(new PolicyLoaded { Version = Current.Version });

    /// <summary>The new policy takes effect only after its record is durable.</summary>
    public async Task<PolicyLoadResult> ReloadAsync(string by, CancellationToken cancellationToken)
    {
        await _reloading.WaitAsync(cancellationToken);
        try
        {
            PolicySnapshot old = Current;
            PolicyLoadResult result = Load();
            if (result.Snapshot is not { } loaded)
            {
                LastErrors = result.Diagnostics;
                await _evidence.RecordAsync(new PolicyRejected
                {
                    KeptVersion = old.Version,
                    Diagnostics = [.. result.Diagnostics.Select(diagnostic => (PeerText)diagnostic.ToString())],
                    By = by,
                });
                return result;
            }

            if (loaded.Version != old.Version)
            {
                await _evidence.RecordAsync(
                    new PolicyLoaded { Version = loaded.Version, PreviousVersion = old.Version, By = by });
                Volatile.Write(ref _current, loaded);
            }

            // Only now: who sees no errors may rely on the files being in force.
            LastErrors = [];
            return result;
        }
        finally
        {
            _reloading.Release();
        }
    }

    public void Dispose() => _reloading.Dispose();

    private PolicyLoadResult Load()
    {
        try
        {
            return _load();
        }
        catch (Exception failure)
        {
            return new PolicyLoadResult(
                null,
                [
                    new PolicyDiagnostic(
                        DiagnosticSeverity.Error, new SourceLocation("policy", 0, 0), "load-failed",
                        $"the policy could not be read: {failure.Message}"),
                ]);
        }
    }
}
