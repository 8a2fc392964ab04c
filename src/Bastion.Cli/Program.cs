using System.CommandLine;
using Bastion.Cli;
using Bastion.Cli.Demo;

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
return await CommandLine.RunAsync(root, args);
