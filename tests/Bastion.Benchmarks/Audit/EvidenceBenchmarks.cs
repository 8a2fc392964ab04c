using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Audit;

/// <summary>What evidence costs a session, on a real disk: a decision made durable, a keystroke and a full packet
/// recorded.</summary>
public class EvidenceBenchmarks
{
    private const int Sessions = 200;

    private const int PacketBytes = 32 * 1024;

    private readonly CommandDecided _decided = new()
    {
        Session = "s1",
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

    private readonly byte[] _keystroke = "l"u8.ToArray();
    private readonly byte[] _packet = new byte[PacketBytes];
    private string _directory = "";
    private Journal _journal = null!;
    private SessionRecordings _recordings = null!;
    private RecordingWriter _recording = null!;

    [GlobalSetup]
    public async Task SetUp()
    {
        Array.Fill(_packet, (byte)'a');
        _directory = Directory.CreateTempSubdirectory("bastion-bench-").FullName;
        _journal = await Journal.OpenAsync(_directory, new JournalOptions
        {
            Signer = Ed25519NoteSigner.Generate("bastion.bench/journal"),
        });
        _recordings = new SessionRecordings(
            _journal, new RecordingOptions
            {
                DataDirectory = _directory,
                Lock = RecordingPrivateKey.Generate().PublicKey,
            }, "s1");
        _recording = _recordings.Start(new RecordingHeader("s1", 0, 80, 24));
    }

    [GlobalCleanup]
    public async Task CleanUp()
    {
        await _recording.DisposeAsync();
        _recordings.Dispose();
        await _journal.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>One decision from each of 200 sessions at once; per operation, so the time is that of one
    /// record.</summary>
    [Benchmark(OperationsPerInvoke = Sessions)]
    public Task Decisions_of_200_sessions_made_durable() =>
        Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => _journal.AppendAsync(_decided)));

    [Benchmark]
    public Task One_decision_made_durable() => _journal.AppendAsync(_decided);

    [Benchmark]
    public ValueTask Keystroke_recorded() => _recording.OutputAsync(_keystroke);

    [Benchmark]
    public ValueTask Packet_recorded() => _recording.OutputAsync(_packet);
}
