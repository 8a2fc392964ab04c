using System.Diagnostics;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;

namespace Bastion.Benchmarks.Audit;

/// <summary>
/// `sustained DIRECTORY SECONDS SESSIONS`: so many sessions append decisions, each as soon as its last one is durable.
/// Says how many records a second that were, and how long one waited.
/// </summary>
internal static class SustainedLoad
{
    public static async Task RunAsync(string directory, int seconds, int sessions)
    {
        await using Journal journal = await Journal.OpenAsync(
            directory, new JournalOptions { Signer = Ed25519NoteSigner.Generate("bastion.bench/journal") });
        long started = Stopwatch.GetTimestamp();
        var time = TimeSpan.FromSeconds(seconds);
        List<TimeSpan>[] waits = await Task.WhenAll(Enumerable.Range(0, sessions).Select(session => Task.Run(async () =>
        {
            var waited = new List<TimeSpan>();
            CommandDecided decided = Decision($"s{session}");
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                long asked = Stopwatch.GetTimestamp();
                await journal.AppendAsync(decided);
                waited.Add(Stopwatch.GetElapsedTime(asked));
            }

            return waited;
        })));
        double elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
        TimeSpan[] all = [.. waits.SelectMany(each => each).Order()];
        Console.WriteLine(
            $"{all.Length / elapsed:N0} records/s from {sessions} sessions over {elapsed:N1} s; "
            + $"wait p50 {At(0.5):N2} ms, p99 {At(0.99):N2} ms, p99.9 {At(0.999):N2} ms, most "
            + $"{all[^1].TotalMilliseconds:N2} ms");

        double At(double share) => all[(int)(all.Length * share)].TotalMilliseconds;
    }

    private static CommandDecided Decision(string session) => new()
    {
        Session = session,
        Channel = 0,
        User = "alice",
        Target = "orders-db",
        Account = "app",
        Command = "rm -rf /srv/old",
        Origin = "exec",
        Certainty = Certainty.Exact,
        Risk = "critical",
        Verdict = Verdict.Require,
        PolicyVersion = "v1",
        Rules = ["hold-deletes"],
        Effects = [new RecordedEffect("file.delete", "critical", ["/srv/old"], "deletes a directory and all below it")],
    };
}
