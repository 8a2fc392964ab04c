using System.CommandLine;
using Bastion.Cli.Demo;
using Bastion.Cli.Demo.Target;

namespace Bastion.Cli;

internal static class Program
{
    /// <summary>Names no type of another assembly, which the demo target's SFTP server does not have.</summary>
    public static Task<int> Main(string[] arguments) =>
        arguments is [SftpProgram.Verb] ? Task.FromResult(SftpProgram.Run()) : RunAsync(arguments);

    private static Task<int> RunAsync(string[] arguments)
    {
        var root = new RootCommand("Bastion: a privileged-access gateway. Dangerous commands wait for a second person.")
        {
            DemoCommand.Create(),
            InitCommand.Create(),
            ServeCommand.Create(),
            UserCommands.Create(),
            CredentialCommands.Create(),
            PolicyCommands.Create(),
            AuditCommands.Create(),
            ShipCommands.Create(),
            ReportCommands.Create(),
            DoctorCommand.Create(),
        };
        return CommandLine.RunAsync(root, arguments);
    }
}
