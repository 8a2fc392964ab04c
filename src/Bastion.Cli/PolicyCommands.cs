using System.CommandLine;
using Bastion.Analysis;
using Bastion.Control;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>`bastion policy …`: what a policy says, before it is in force.</summary>
internal static class PolicyCommands
{
    public const string DefaultDirectory = "policies";

    public static Command Create() => new("policy", "Check a policy and ask it questions.")
    {
        Check(),
        Test(),
        Diff(),
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
        Argument<string> directory = DirectoryArgument();
        var journal = new Option<string?>("--journal")
        {
            Description = "A data directory: say also what its past sessions never needed.",
        };
        var command = new Command("check",
            "Read a policy and say what is wrong with it, by file, line and column.") { directory, journal };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(directory)!;
            PolicySnapshot policy = Load(path, Console.Error);
            foreach (PolicyDiagnostic finding in PolicyCheck.Findings(policy, TimeProvider.System.GetUtcNow()))
            {
                Console.Error.WriteLine(finding);
            }

            if (parsed.GetValue(journal) is { } data)
            {
                foreach (PolicyDiagnostic finding in PolicyCheck.Unused(policy,
                    new RecordedIntents(data, policy).Read()))
                {
                    Console.Error.WriteLine(finding);
                }

                Console.Error.WriteLine($"assumed of what the journal does not hold: {RecordedIntents.Assumptions}");
            }

            Console.WriteLine(
                $"{path}: {policy.People.Count} people, {policy.Targets.Count} targets, version "
                    + $"{policy.Version[..12]}: no errors");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Test()
    {
        Argument<string> directory = DirectoryArgument();
        var command = new Command("test", "Run the expected-decision cases that lie beside a policy.") { directory };
        command.SetAction(parsed =>
        {
            string path = parsed.GetValue(directory)!;
            PolicySnapshot policy = Load(path, Console.Error);
            var files = PolicyCaseFiles.Load(path);
            foreach (PolicyDiagnostic diagnostic in files.Diagnostics)
            {
                Console.Error.WriteLine(diagnostic);
            }

            IReadOnlyList<PolicyCaseResult> results = PolicyTest.Run(
                policy, files.Cases, text => PolicyQuestion.EffectsOf(Analyzer.Default.AnalyzeShell(text).Effects));
            foreach (PolicyCaseResult failed in results.Where(result => !result.Passed))
            {
                Console.WriteLine(failed);
            }

            int passed = results.Count(result => result.Passed);
            Console.WriteLine($"{path}: {passed} cases passed, {results.Count - passed} failed");
            return passed == results.Count && !files.HasErrors ? ExitCodes.Success : ExitCodes.Failed;
        });
        return command;
    }

    private static Command Diff()
    {
        var before = new Argument<string>("old") { Description = "The directory of the policy in force." };
        var after = new Argument<string>("new") { Description = "The directory of the policy to come." };
        var journal = new Option<string>("--journal")
        {
            Description = "The data directory whose past sessions are replayed.",
            Required = true,
        };
        var command =
            new Command("diff",
            "Replay what was asked in past sessions under another policy, and show what would differ.") { before, after,
            journal };
        command.SetAction(parsed =>
        {
            PolicySnapshot coming = Load(parsed.GetValue(after)!, Console.Error);
            PolicyDiffReport report = PolicyDiff.Compare(
                Load(parsed.GetValue(before)!, Console.Error), coming,
                new RecordedIntents(parsed.GetValue(journal)!, coming).Read());
            foreach (PolicyChange change in report.Changes)
            {
                Console.WriteLine(
                    $"{change.Count,6}  {PolicyWords.Of(change.Before)} -> {PolicyWords.Of(change.After)} by "
                        + $"`{change.Rule}`");
                foreach (RecordedIntent example in change.Examples)
                {
                    Console.WriteLine(
                        $"          {example.Id}: {example.Request.Principal.Name} on {example.Request.Target}: "
                            + $"{VisibleText.Of(example.Text)}");
                }
            }

            Console.WriteLine(
                $"{report.Different} of {report.Intents} recorded requests would have been decided differently");
            Console.Error.WriteLine($"assumed of what the journal does not hold: {RecordedIntents.Assumptions}");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Argument<string> DirectoryArgument() => new("directory")
    {
        Description = "The directory of the policy.",
        DefaultValueFactory = _ => DefaultDirectory,
    };
}
