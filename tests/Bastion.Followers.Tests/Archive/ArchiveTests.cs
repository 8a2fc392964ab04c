using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;
using Bastion.Audit.Tests;
using Bastion.Audit.Verification;
using Bastion.Followers.Archive;
using Bastion.Followers.Shipping;
using Bastion.Followers.Tests.Shipping;
using FsCheck.Xunit;

namespace Bastion.Followers.Tests.Archive;

/// <summary>What is put into an archive, whatever fails meanwhile, gives a whole log back that verifies and can be gone
/// on with.</summary>
public sealed class ArchiveTests
{
    private const string Restored = "/restored";

    private static readonly Ed25519NoteSigner Signer = Ed25519NoteSigner.Generate(SampleRecords.Origin);
    private static readonly Task<SimulatedDisk> Sample = WriteAsync(new SimulatedDisk(), sessions: 4);

    [Fact]
    public async Task From_the_archive_alone_comes_a_log_that_verifies_and_that_a_gateway_goes_on_with()
    {
        SimulatedDisk disk = (await Sample).Clone();
        using var archive = new MemoryArchive();
        await Archiver(disk, archive).CatchUpAsync(CancellationToken.None);
        var found = new SimulatedDisk();
        RestoredLog restored = await RestoreAsync(archive, found);

        Assert.Equal(new JournalReader(SampleRecords.Directory, disk).Size(), restored.Records);
        foreach (string? path in disk.Files.Where(path => path.EndsWith(".records", StringComparison.Ordinal)
            || path.Contains("/recordings/", StringComparison.Ordinal)
            || path.EndsWith(".checkpoints", StringComparison.Ordinal)
            || path.EndsWith("/checkpoint", StringComparison.Ordinal)
            || path.EndsWith("journal/key", StringComparison.Ordinal)).Where(path => disk.Bytes(path).Length > 0))
        {
            Assert.Equal(disk.Bytes(path),
                found.Bytes(path.Replace(SampleRecords.Directory, Restored, StringComparison.Ordinal)));
        }

        AssertHolds(found);
        Assert.Contains(archive.Keys, key => key.EndsWith("tile/0/000", StringComparison.Ordinal));
        long before = new JournalReader(Restored, found).Size();
        await using (Journal journal = await Journal.OpenAsync(Restored, new JournalOptions
        {
            Signer = Signer,
            FileSystem = found,
        }))
        {
            Assert.True(journal.Opening.CleanBefore);
            await journal.AppendAsync(SampleRecords.Command("after the restore"));
        }

        Assert.True(new JournalReader(Restored, found).Size() > before);
        AssertHolds(found);
    }

    [Fact]
    public async Task Holds_are_carried_over_once_taken_back_when_lifted_and_touch_nothing_else()
    {
        using var archive = new MemoryArchive();
        var names = new ArchiveNames("gateway-1", "bastion");
        foreach (string? session in new[] { "s-a", "s-b", "s-c" })
        {
            await archive.PutAsync(names.Recording(session, "key"), new byte[1], DateTimeOffset.UnixEpoch,
                CancellationToken.None);
        }

        var holds = new ArchiveHolds(archive, names);
        var none = new HashSet<string>();
        await holds.CarryOverAsync(new HoldCoverage(new HashSet<string> { "s-a", "s-b" }, none),
            CancellationToken.None);
        await holds.CarryOverAsync(new HoldCoverage(new HashSet<string> { "s-a", "s-b" }, none),
            CancellationToken.None);
        Assert.Equal([names.Recording("s-a", "key"), names.Recording("s-b", "key")], archive.Held);
        Assert.Equal(2, archive.HoldRequests);

        await holds.CarryOverAsync(new HoldCoverage(new HashSet<string> { "s-b" }, new HashSet<string> { "s-a" }),
            CancellationToken.None);
        Assert.Equal([names.Recording("s-b", "key")], archive.Held);
        await new ArchiveHolds(archive,
            names).CarryOverAsync(new HoldCoverage(none, new HashSet<string> { "s-a", "s-b" }), CancellationToken.None);
        Assert.Empty(archive.Held);
    }

    [Property(MaxTest = 30)]
    public async Task Whatever_fails_and_whenever_it_is_cut_the_archive_holds_a_log_that_verifies(byte[] faults,
    byte[] kills, ulong seed)
    {
        SimulatedDisk disk = (await Sample).Clone();
        using var archive = new MemoryArchive();
        var script = new Queue<byte>(faults ?? []);
        archive.NextFault = () => script.TryDequeue(out byte fault) ? fault % 4 : 0;
        var cuts = new Queue<byte>(kills ?? []);
        var choices = new Choices(seed);
        for (bool done = false; !done;)
        {
            if (cuts.TryDequeue(out byte cut))
            {
                disk.CutAt = disk.Operations + 1 + (cut % 20);
            }

            try
            {
                Archiver archiver = Archiver(disk, archive);
                archiver.Resume();
                await archiver.CatchUpAsync(CancellationToken.None);
                done = true;
            }
            catch (PowerCutException)
            {
                disk = disk.AfterPowerCut(choices);
            }
            catch (IOException)
            {
                // Tried again, as the archiver would after a while.
            }

            if (archive.Keys.Any(key => key.Contains(".checkpoints/", StringComparison.Ordinal)))
            {
                var found = new SimulatedDisk();
                await RestoreAsync(archive, found);
                AssertHolds(found);
            }
        }
    }

    [Fact]
    public async Task A_journal_that_grows_between_rounds_is_archived_in_pieces_that_fit_together()
    {
        var disk = new SimulatedDisk();
        using var archive = new MemoryArchive();
        for (int round = 0; round < 5; round++)
        {
            await WriteAsync(disk, sessions: 1, name: $"r{round}-");
            await Archiver(disk, archive).CatchUpAsync(CancellationToken.None);
            Archiver resumed = Archiver(disk, archive);
            resumed.Resume();
            await resumed.CatchUpAsync(CancellationToken.None);
        }

        var found = new SimulatedDisk();
        RestoredLog restored = await RestoreAsync(archive, found);
        Assert.Equal(new JournalReader(SampleRecords.Directory, disk).Size(), restored.Records);
        AssertHolds(found);
        Assert.InRange(archive.LastRetention!.Value - new EagerTime().GetUtcNow(), TimeSpan.FromDays(399),
            TimeSpan.FromDays(401));
    }

    [Fact]
    public async Task What_was_laid_over_an_object_later_is_not_looked_at_and_a_removed_one_is_named()
    {
        using var archive = new MemoryArchive();
        await Archiver((await Sample).Clone(), archive).CatchUpAsync(CancellationToken.None);
        var pieces = archive.Keys.Where(key => key.Contains(".records/", StringComparison.Ordinal)).ToList();
        archive.Overwrite(pieces[0], "forged"u8.ToArray());
        var found = new SimulatedDisk();
        await RestoreAsync(archive, found);
        AssertHolds(found);

        archive.Remove(archive.Keys.First(key => key.Contains("/recordings/", StringComparison.Ordinal)
            && key.EndsWith(".enc", StringComparison.Ordinal)));
        found = new SimulatedDisk();
        await RestoreAsync(archive, found);
        Assert.False(JournalVerifier.Verify(Restored, new VerifierOptions { FileSystem = found }).Holds);

        archive.Remove(pieces[1]);
        Exception report = await Record.ExceptionAsync(() => RestoreAsync(archive, new SimulatedDisk()));
        Assert.True(report is RestoreFailedException || !JournalVerifier.Verify(Restored, new VerifierOptions
        {
            FileSystem = found,
        }).Holds);
    }

    [Fact]
    public async Task A_journal_that_was_put_back_or_an_archive_of_another_one_is_refused_and_nothing_is_overwritten()
    {
        SimulatedDisk disk = (await Sample).Clone();
        using var archive = new MemoryArchive();
        await Archiver(disk, archive).CatchUpAsync(CancellationToken.None);
        SimulatedDisk other = await WriteAsync(new SimulatedDisk(), sessions: 4, name: "other-");
        await Assert.ThrowsAsync<ArchiveConflictException>(() => Archiver(other, archive)
            .CatchUpAsync(CancellationToken.None));

        CopyPosition(disk, other);
        Assert.Throws<ArchiveConflictException>(Archiver(other, archive).Resume);
        var found = new SimulatedDisk();
        await RestoreAsync(archive, found);
        AssertHolds(found);
    }

    [Fact]
    public async Task A_store_that_does_not_lock_gets_nothing()
    {
        using var archive = new MemoryArchive { Objection = "bucket `b` has no object lock" };
        IOException failure = await Assert.ThrowsAsync<IOException>(async () =>
            await Archiver((await Sample).Clone(), archive).CatchUpAsync(CancellationToken.None));
        Assert.Contains("no object lock", failure.Message, StringComparison.Ordinal);
        Assert.Empty(archive.Keys);
    }

    [Theory]
    [InlineData("recordings/../../etc/passwd")]
    [InlineData("recordings/s1/../key")]
    [InlineData("tile/0/../../keys/journal.key")]
    [InlineData("segments/00000000000000000000.records")]
    [InlineData("keys/journal.key")]
    public async Task A_name_in_the_archive_that_we_would_not_have_made_stops_the_restore(string name)
    {
        using var archive = new MemoryArchive();
        await Archiver((await Sample).Clone(), archive).CatchUpAsync(CancellationToken.None);
        await archive.PutAsync(new ArchiveNames("gateway-1", SampleRecords.Origin).Root + name, "x"u8.ToArray(),
            default, CancellationToken.None);
        await Assert.ThrowsAsync<RestoreFailedException>(() => RestoreAsync(archive, new SimulatedDisk()));
    }

    private static Archiver Archiver(SimulatedDisk disk, MemoryArchive archive)
    {
        var time = new EagerTime();
        long size = new JournalReader(SampleRecords.Directory, disk).Size();
        return new Archiver(
            new ArchiveOptions { Name = "vault", Bucket = "b", Prefix = "gateway-1" }, archive,
            new JournalFeed(SampleRecords.Directory, SampleRecords.Origin, () => size, disk),
            new ArchiveProgress(SampleRecords.Directory, "vault", disk), TimeSpan.FromDays(400), new Backoff(time),
            new ArchiveMonitor("vault", time), time);
    }

    private static async Task<RestoredLog> RestoreAsync(MemoryArchive archive, SimulatedDisk disk)
    {
        string root = Assert.Single(await ArchiveRestore.RootsAsync(archive, "gateway-1", CancellationToken.None));
        return await new ArchiveRestore(archive, Restored, disk).RunAsync(root, CancellationToken.None);
    }

    private static void AssertHolds(SimulatedDisk disk)
    {
        VerificationReport report = JournalVerifier.Verify(Restored, new VerifierOptions
        {
            FileSystem = disk,
            TrustedKey = Signer.VerifierKey,
        });
        Assert.True(report.Holds, string.Join('\n', report.Findings));
    }

    private static void CopyPosition(SimulatedDisk from, SimulatedDisk to)
    {
        string path = new ArchiveProgress(SampleRecords.Directory, "vault", from).FilePath;
        to.CreateDirectory(Path.GetDirectoryName(path)!);
        using IFile file = to.Create(path);
        file.Write(from.Bytes(path), 0);
    }

    private static async Task<SimulatedDisk> WriteAsync(SimulatedDisk disk, int sessions, string name = "s")
    {
        await using Journal journal = await Journal.OpenAsync(
            SampleRecords.Directory, new JournalOptions
            {
                Signer = Signer,
                FileSystem = disk,
                SegmentBytes = 32 * 1024,
            });
        var key = RecordingPrivateKey.Generate();
        var options = new RecordingOptions
        {
            DataDirectory = SampleRecords.Directory,
            FileSystem = disk,
            Lock = key.PublicKey,
        };
        for (int session = 0; session < sessions; session++)
        {
            string id = $"{name}{session}";
            using (var recordings = new SessionRecordings(journal, options, id))
            {
                await using RecordingWriter recording = recordings.Start(new RecordingHeader(id, 0, 80, 24));
                await recording.OutputAsync(Encoding.UTF8.GetBytes($"output of {id}"));
            }

            await Task.WhenAll(Enumerable.Range(0, 70)
                .Select(index => journal.AppendAsync(SampleRecords.Command($"{id} {index}") with
                {
                    Session = id,
                })));
            await journal.CheckpointAsync();
        }

        return disk;
    }
}
