using Bastion.Server.Hosting;
using Bastion.Server.Ssh;

namespace Bastion.Cli;

/// <summary>Starts the process that `demo` and `serve` both are.</summary>
internal static class Start
{
    public static async Task<BastionHost> HostAsync(BastionOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await BastionHost.StartAsync(options, TimeProvider.System, SshFrontDoor.Register, cancellationToken);
        }
        catch (GatewayStartException failure)
        {
            throw new CommandFailedException(string.Join("\nbastion: ", failure.Lines));
        }
    }
}
