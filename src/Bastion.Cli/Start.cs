using Bastion.Control;
using Bastion.Server.Hosting;
using Bastion.Server.Ssh;
using Bastion.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace Bastion.Cli;

/// <summary>Starts the process that `demo` and `serve` both are.</summary>
internal static class Start
{
    public static async Task<BastionHost> HostAsync(BastionOptions options, CancellationToken cancellationToken)
    {
        // One thread more than processors: one at a time commits to the journal, and waits for the disk in it.
        ThreadPool.GetMinThreads(out int workers, out int others);
        ThreadPool.SetMinThreads(workers + 1, others);
        try
        {
            BastionHost host =
                await BastionHost.StartAsync(options, TimeProvider.System, AddSshFrontDoor, cancellationToken);
            foreach (string line in host.Gateway.Journal.Opening.Lines())
            {
                await Console.Error.WriteLineAsync($"bastion: {line}");
            }

            return host;
        }
        catch (GatewayStartException failure)
        {
            throw new CommandFailedException(
                string.Join("\nbastion: ", failure.Lines),
                DiskFault.IsIn(failure) ? ExitCodes.StorageFailed : ExitCodes.Failed);
        }
    }

    /// <summary>Runs to the end, and gives the exit status for it.</summary>
    public static async Task<int> RunAsync(BastionHost host, CancellationToken cancellationToken)
    {
        switch (await host.RunAsync(cancellationToken))
        {
            case HostEnd.StorageFailed { Reason: var reason }:
                await Console.Error.WriteLineAsync($"bastion: {reason}");
                return ExitCodes.StorageFailed;
            case HostEnd.Failed { Reason: var reason }:
                await Console.Error.WriteLineAsync($"bastion: {reason}");
                return ExitCodes.InternalFault;
            default:
                return ExitCodes.Success;
        }
    }

    private static void AddSshFrontDoor(IServiceCollection services, Gateway gateway) =>
        services.AddSshFrontDoor(gateway, HostKeys.LoadOrCreate(gateway.Data.Keys));
}
