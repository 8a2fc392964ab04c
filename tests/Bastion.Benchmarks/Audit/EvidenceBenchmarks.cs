using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Audit;

/// <summary>What evidence costs a session, on a real disk: a decision made durable, a keystroke and a full packet recorded.</summary>
public class EvidenceBenchmarks
{
    private const int Sessions = 200;

    private const int PacketBytes = 32 * 1024;

    private readonly CommandDecided decided = new()
    {
        Session = "s1", Channel = 0, User = "alice", Target = "orders-db", Account = "app", Command = "rm -rf /srv/old", Origin = "exec",
        Certainty = Certainty.Exact, Risk = "critical", Verdict = Verdict.Require, PolicyVersion = "v1", Rules = ["hold-deletes"],
        Effects = [new RecordedEffect("file.delete", "critical", ["/srv/old"], "deletes a directory and all below it")],
    };

    private readonly byte[] keystroke = "l"u8.ToArray();
    private readonly byte[] packet = new byte[PacketBytes];
    private string directory = "";
    private Journal journal = null!;
    private SessionRecordings recordings = null!;
    private RecordingWriter recording = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        Array.Fill(packet, (byte)'a');
        directory = Directory.CreateTempSubdirectory("bastion-bench-").FullName;
        journal = await Journal.OpenAsync(directory, new JournalOptions { Signer = Ed25519NoteSigner.Generate("bastion.bench/journal") });
        recordings = new SessionRecordings(
            journal, new RecordingOptions { DataDirectory = directory, Lock = RecordingPrivateKey.Generate().PublicKey }, "s1");
        recording = recordings.Start(new RecordingHeader("s1", 0, 80, 24));
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await recording.DisposeAsync();
        recordings.Dispose();
        await journal.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>One decision from each of 200 sessions at once; per operation, so the time is that of one record.</summary>
    [Benchmark(OperationsPerInvoke = Sessions)]
    public Task Decisions_of_200_sessions_made_durable() =>
        Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => journal.AppendAsync(decided)));

    [Benchmark]
    public Task One_decision_made_durable() => journal.AppendAsync(decided);

    [Benchmark]
    public ValueTask Keystroke_recorded() => recording.OutputAsync(keystroke);

    [Benchmark]
    public ValueTask Packet_recorded() => recording.OutputAsync(packet);
}
