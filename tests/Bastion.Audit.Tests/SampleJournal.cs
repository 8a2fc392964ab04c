using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

/// <summary>A small journal with a session, a held command and a recording, closed in order.</summary>
internal static class SampleJournal
{
    public const string Directory = "/data";

    public static Ed25519NoteSigner Signer { get; } = Ed25519NoteSigner.Generate("bastion.test/journal");

    public static RecordingPrivateKey RecordingKey { get; } = RecordingPrivateKey.Generate();

    public static RecordingKeyRing KeyRing { get; } = new(RecordingKey);

    public static JournalOptions Options(IFileSystem files, long segmentBytes = 64 * 1024 * 1024) =>
        new() { Signer = Signer, FileSystem = files, SegmentBytes = segmentBytes, TimeProvider = new ManualTime() };

    public static VerificationReport Verify(IFileSystem files, params Checkpoint[] known) => JournalVerifier.Verify(
        Directory, new VerifierOptions
        {
            TrustedKey = Signer.VerifierKey,
            FileSystem = files,
            KnownCheckpoints = known,
            RecordingKeys = KeyRing,
        });

    public static async Task<SimulatedDisk> CreateAsync(int sessions = 1, long segmentBytes = 64 * 1024 * 1024)
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(Directory, Options(disk, segmentBytes));
        for (int index = 0; index < sessions; index++)
        {
            await AppendSessionAsync(journal, disk, $"s{index}");
            await journal.CheckpointAsync();
        }

        return disk;
    }

    public static Task AppendSessionAsync(Journal journal, IFileSystem disk, string session) =>
        AppendSessionAsync(journal, RecordingOptions(Directory, disk), session);

    public static Task AppendSessionAsync(Journal journal, string directory, string session) =>
        AppendSessionAsync(journal, RecordingOptions(directory), session);

    public static RecordingOptions RecordingOptions(string directory, IFileSystem? disk = null) => new()
    {
        DataDirectory = directory,
        Lock = RecordingKey.PublicKey,
        FileSystem = disk ?? PhysicalFileSystem.Instance,
    };

    private static async Task AppendSessionAsync(Journal journal, RecordingOptions options, string session)
    {
        await journal.AppendAsync(Started(session));
        using (var recordings = new SessionRecordings(journal, options, session))
        await using (RecordingWriter recording = recordings.Start(new RecordingHeader(session, 0, 80, 24)))
        {
            await recording.OutputAsync("$ "u8.ToArray());
        }

        await journal.AppendAsync(Decided(session, "rm -rf /srv"));
        await journal.AppendAsync(new SessionEnded { Session = session, Outcome = "client-closed" });
    }

    public static SessionStarted Started(string session) => new()
    {
        Session = session,
        User = "alice",
        Source = "203.0.113.7:50122",
        Target = "orders-db",
        Account = "app",
        PolicyVersion = "v1",
    };

    public static CommandDecided Decided(string session, PeerText command) => new()
    {
        Session = session,
        Channel = 0,
        User = "alice",
        Target = "orders-db",
        Account = "app",
        Command = command,
        Origin = "exec",
        Certainty = Certainty.Exact,
        Risk = "critical",
        Verdict = Verdict.Require,
        PolicyVersion = "v1",
        Rules = ["hold-deletes"],
        Effects = [new RecordedEffect("file.delete", "critical", ["/srv"], "deletes a directory and all below it")],
    };
}
