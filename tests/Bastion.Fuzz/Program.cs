using System.Diagnostics;
using Bastion.Fuzz;

// dotnet run --project tests/Bastion.Fuzz -- [--minutes N] [--seed N] [--only NAME] [--findings DIRECTORY]
double minutes = double.Parse(Option("--minutes") ?? "1");
ulong seed = ulong.Parse(Option("--seed") ?? "1");
string findings = Option("--findings") ?? "tests/Bastion.Fuzz/Findings";
var harnesses = Harness.All().Where(harness => Option("--only") is not { } only
    || harness.Name.Contains(only, StringComparison.Ordinal)).ToList();
int found = 0;
long started = Stopwatch.GetTimestamp();
// Everyone gets short turns, so that stopping early has still tried all of them.
for (ulong turn = seed; Stopwatch.GetElapsedTime(started) < TimeSpan.FromMinutes(minutes); turn++)
{
    foreach (Harness? harness in harnesses)
    {
        var round = new FuzzRound(harness, turn);
        Finding? finding = null;
        // With the stack that the gateway's threads have.
        var thread = new Thread(() => finding =
            round.Run(TimeSpan.FromSeconds(Math.Min(20, minutes * 60 / harnesses.Count))), maxStackSize: 1536 * 1024);
        thread.Start();
        thread.Join();
        Console.WriteLine($"{harness.Name}: seed {turn}, {round.Tried} tried, {round.Kept} kept");
        if (finding is not null)
        {
            found++;
            Console.WriteLine($"FOUND {finding.Save(findings)}\n{finding.Problem}");
        }
    }
}

return found == 0 ? 0 : 1;

string? Option(string name) =>
    Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;
