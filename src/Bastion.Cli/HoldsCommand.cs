using System.CommandLine;
using Bastion.Audit;
using Bastion.Audit.Storage;
using Bastion.Control;
using Bastion.Followers.Retention;
using Bastion.Followers.Shipping;

namespace Bastion.Cli;

/// <summary>`bastion audit hold list`, or `audit holds`: the legal holds in force, from the journal alone, also beside
/// a running gateway.</summary>
internal static class HoldsCommand
{
    public static Command Create(string name)
    {
        var data = new Option<string>("--data") { Description = "The gateway's data directory.", Required = true };
        var command = new Command(name, "List the legal holds in force.") { data };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string directory = AuditCommands.Existing(parsed.GetValue(data)!);
            var reader = new JournalReader(directory);
            long size = reader.Size();
            using var ledger = new RetentionLedger(
                new JournalFeed(directory, "", () => size, PhysicalFileSystem.Instance), new RetentionOptions(),
                TimeProvider.System);
            IReadOnlyList<LegalHold> holds = await ledger.HoldsAsync(cancellationToken);
            foreach (LegalHold hold in holds)
            {
                string scope = hold.Everything ? "everything"
                    : hold.Session is not null ? $"session {hold.Session}"
                    : hold.User is not null ? $"user {hold.User}"
                    : $"target {hold.Target}";
                Console.WriteLine(
                    $"{hold.Id} {hold.PlacedAt.UtcDateTime:u} "
                        + $"{VisibleText.Of($"{scope}, by {hold.By}: {hold.Reason}")}");
            }

            Console.WriteLine(holds.Count == 0 ? "no holds" : $"{holds.Count} in force");
            return ExitCodes.Success;
        });
        return command;
    }
}
