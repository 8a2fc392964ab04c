using System.CommandLine;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>`bastion policy …`: what a policy says, before it is in force.</summary>
internal static class PolicyCommands
{
    public const string DefaultDirectory = "policies";

    public static Command Create() => new("policy", "Check a policy and ask it questions.")
    {
        Check(),
        ExplainCommand.Create(),
    };

    /// <summary>Loads the policy or fails, after printing every finding.</summary>
    public static PolicySnapshot Load(string directory, TextWriter findings)
    {
        PolicyLoadResult result = PolicyLoader.Load(directory);
        foreach (PolicyDiagnostic diagnostic in result.Diagnostics)
        {
            findings.WriteLine(diagnostic);
        }
        return result.Snapshot
            ?? throw new CommandFailedException($"the policy in `{directory}` has errors and is not loaded");
    }

    private static Command Check()
    {
        var directory = new Argument<string>("directory")
        {
            Description = "The directory of the policy.",
            DefaultValueFactory = _ => DefaultDirectory,
        };
        var command = new Command("check", "Read a policy and say what is wrong with it, by file, line and column.") { directory };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(directory)!;
            PolicySnapshot policy = Load(path, Console.Error);
            Console.WriteLine(
                $"{path}: {policy.People.Count} people, {policy.Targets.Count} targets, version {policy.Version[..12]}: no errors");
            return ExitCodes.Success;
        });
        return command;
    }
}
