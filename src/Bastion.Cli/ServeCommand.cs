using System.CommandLine;
using Bastion.Server.Hosting;

namespace Bastion.Cli;

/// <summary>`bastion serve`: the gateway, until SIGTERM or Ctrl-C.</summary>
internal static class ServeCommand
{
    public static Option<string> ConfigOption() => new("--config")
    {
        Description = "The configuration file.",
        DefaultValueFactory = _ => InitCommand.FileName,
    };

    public static Command Create()
    {
        Option<string> config = ConfigOption();
        var command = new Command("serve", "Run the gateway.") { config };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            await using BastionHost host =
                await Start.HostAsync(Configuration.Load(parsed.GetValue(config)!), cancellationToken);
            Console.WriteLine($"ready ssh={host.SshEndPoint} web={host.PublicUrl}");
            return await Start.RunAsync(host, cancellationToken);
        });
        return command;
    }
}
