using System.CommandLine;
using Bastion.Cli;

var root = new RootCommand("Bastion: a privileged-access gateway. Dangerous commands wait for a second person.")
{
    PolicyCommands.Create(),
    AuditCommands.Create(),
};
return await CommandLine.RunAsync(root, args);
