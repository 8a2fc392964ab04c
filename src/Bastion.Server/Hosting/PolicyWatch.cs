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
    BastionOptions options, PolicyHolder policies, TimeProvider time, ILogger<PolicyWatch> log) : BackgroundService
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
        string seen = Fingerprint();
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

    /// <summary>Names, lengths and times of the files; the loader's version says whether the meaning changed.</summary>
    private string Fingerprint()
    {
        try
        {
            return string.Join('\n', new DirectoryInfo(options.PolicyDirectory)
                .EnumerateFiles("*", SearchOption.AllDirectories)
                .Concat(policies.Current.InventoryFiles.Select(path => new FileInfo(path)).Where(file => file.Exists))
                .OrderBy(file => file.FullName, StringComparer.Ordinal)
                .Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}"));
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return failure.Message;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "policy: {Diagnostic}")]
    private partial void LogDiagnostic(Policy.PolicyDiagnostic diagnostic);

    [LoggerMessage(Level = LogLevel.Information, Message = "policy {Version} is in force: {How}")]
    private partial void LogInForce(string version, string how);

    [LoggerMessage(Level = LogLevel.Error, Message = "the policy was not reloaded, because that could not be recorded")]
    private partial void LogFailed(Exception failure);
}
