using System.Runtime.InteropServices;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Policy;

namespace Bastion.Server.Hosting;

/// <summary>
/// Loads the policy again when its files change or on SIGHUP. Files are looked at on a timer: change notifications get
/// lost on network and container file systems, and a policy that is in force late is a hole.
/// </summary>
internal sealed partial class PolicyWatch(
    BastionOptions options, Gateway gateway, PolicyHolder policies, TimeProvider time, ILogger<PolicyWatch> log)
        : BackgroundService
{
    private volatile bool _asked;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
        {
            context.Cancel = true;
            _asked = true;
        });
        using var timer = new PeriodicTimer(options.PolicyPollInterval, time);
        // As it was before the policy in force was read, not now: what was saved while the gateway started counts. The
        // files of inventories were not known then, so where there are any the first round reads them once more.
        string seen = gateway.PolicySeen;
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            string now = Fingerprint();
            if (now != seen || _asked)
            {
                string by = _asked ? "SIGHUP" : "changed files";
                _asked = false;
                seen = now;
                await ReloadAsync(by, stoppingToken);
            }
        }
    }

    private async Task ReloadAsync(string by, CancellationToken cancellationToken)
    {
        try
        {
            PolicyLoadResult result = await policies.ReloadAsync(by, cancellationToken);
            foreach (PolicyDiagnostic diagnostic in result.Diagnostics)
            {
                LogDiagnostic(diagnostic);
            }

            LogInForce(policies.Current.Version, result.HasErrors
                ? "the new files have errors; the policy before stays"
                : "loaded");
        }
        catch (EvidenceUnavailableException failure)
        {
            LogFailed(failure);
        }
    }

    private string Fingerprint() => PolicyFingerprint.Of(options.PolicyDirectory, policies.Current.InventoryFiles);

    [LoggerMessage(Level = LogLevel.Warning, Message = "policy: {Diagnostic}")]
    private partial void LogDiagnostic(Policy.PolicyDiagnostic diagnostic);

    [LoggerMessage(Level = LogLevel.Information, Message = "policy {Version} is in force: {How}")]
    private partial void LogInForce(string version, string how);

    [LoggerMessage(Level = LogLevel.Error, Message = "the policy was not reloaded, because that could not be recorded")]
    private partial void LogFailed(Exception failure);
}
