using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

/// <summary>
/// What somebody with root on the gateway can do to the evidence, one act a test: what finds it, and what does not. The
/// table in src/Bastion.Audit/README.md says the same.
/// </summary>
public sealed class AdversaryTests
{
    private const string Segment = "/data/journal/segments/00000000000000000000.records";
    private const string Checkpoints = "/data/journal/segments/00000000000000000000.checkpoints";
    private const string Part = "/data/recordings/s0/channel-0.part-001.cast.enc";

    private static IEnumerable<FindingKind> Failures(VerificationReport report) =>
        report.Findings.Where(finding => finding.Severity == FindingSeverity.Failure).Select(finding => finding.Kind);

    [Fact]
    public async Task Editing_a_record_is_found_by_the_verifier_and_refuses_the_next_start()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        disk.Overwrite(Segment, Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(disk.Bytes(Segment))
            .Replace("rm -rf", "ls -la", StringComparison.Ordinal)));
        Assert.Contains(FindingKind.RecordChanged, Failures(SampleJournal.Verify(disk)));
        await Assert.ThrowsAsync<JournalDamagedException>(() =>
            Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)));
    }

    [Fact]
    public async Task Taking_a_whole_session_out_cleanly_needs_the_key_or_is_found()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 3);
        disk.Overwrite(Segment, Encoding.UTF8.GetBytes(string.Concat(WithoutSession(disk, "s1"))));
        foreach (string file in disk.Files.Where(path =>
            path.StartsWith("/data/recordings/s1/", StringComparison.Ordinal)).ToArray())
        {
            disk.Delete(file);
        }

        Assert.Contains(FindingKind.RecordsNotAsSigned, Failures(SampleJournal.Verify(disk)));
        await Assert.ThrowsAsync<JournalDamagedException>(() =>
            Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)));
    }

    [Fact]
    public async Task With_the_gateways_key_a_forged_history_fits_itself_and_only_a_receipt_or_a_checkpoint_finds_it()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 3);
        Receipt receipt = new JournalTiles(SampleJournal.Directory, disk).ReceiptFor(8)!;
        SimulatedDisk forged = await SampleJournal.CreateAsync(sessions: 2);

        Assert.Empty(SampleJournal.Verify(forged).Findings);
        Assert.NotEmpty(Failures(SampleJournal.Verify(forged, receipt.Checkpoint)));
        var verifier = new ReceiptVerifier([SampleJournal.Signer.VerifierKey]);
        Assert.Null(verifier.Check(receipt));
        var served = new JournalTiles(SampleJournal.Directory, forged);
        (Checkpoint? head, Finding? fault) = verifier.ReadHead(served.Read);
        Assert.Null(fault);
        Assert.NotNull(ReceiptVerifier.CheckAgainst(receipt, head!, served.Read));
    }

    [Fact]
    public async Task Yesterdays_disk_image_fits_itself_and_any_later_receipt_finds_it_also_after_the_gateway_went_on()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        SimulatedDisk yesterday = disk.Clone();
        Receipt receipt;
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            JournalPosition position = await journal.AppendAsync(SampleJournal.Decided("s0", "rm -rf /backup"));
            receipt = await journal.ReceiptAsync(position.Sequence);
        }

        Assert.Empty(SampleJournal.Verify(yesterday).Findings);
        Assert.Equal([FindingKind.JournalTruncated], Failures(SampleJournal.Verify(yesterday, receipt.Checkpoint)));

        // It grows beyond the receipt again, with another history.
        await using (Journal journal =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(yesterday)))
        {
            for (int index = 0; index < 20; index++)
            {
                await journal.AppendAsync(SampleJournal.Decided("s0", "ls"));
            }
        }

        Assert.Contains(FindingKind.Forked, Failures(SampleJournal.Verify(yesterday, receipt.Checkpoint)));
    }

    [Fact]
    public async Task Replacing_the_gateways_key_refuses_the_start_and_a_new_journal_under_it_is_not_the_trusted_one()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        var other = Ed25519NoteSigner.Generate(SampleJournal.Signer.VerifierKey.Name);
        await Assert.ThrowsAsync<JournalUnavailableException>(() => Journal.OpenAsync(
            SampleJournal.Directory, new JournalOptions { Signer = other, FileSystem = disk }));

        var begunAnew = new SimulatedDisk();
        await (await Journal.OpenAsync(SampleJournal.Directory, new JournalOptions
        {
            Signer = other,
            FileSystem = begunAnew,
        })).DisposeAsync();
        Assert.Contains(FindingKind.KeyMismatch, Failures(SampleJournal.Verify(begunAnew)));
        // Without a key kept elsewhere it passes: the verifier says so itself.
        VerificationReport trusting = JournalVerifier.Verify(SampleJournal.Directory, new VerifierOptions
        {
            FileSystem = begunAnew,
        });
        Assert.Equal([FindingKind.KeyNotPinned], trusting.Findings.Select(finding => finding.Kind));
    }

    [Fact]
    public async Task Deleting_checkpoints_to_hide_a_cut_is_found_by_the_published_one_and_deleting_all_by_a_receipt()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        Checkpoint receipt = new JournalReader(SampleJournal.Directory, disk).LatestCheckpoint()!;
        string[] lines = Encoding.UTF8.GetString(disk.Bytes(Segment)).TrimEnd('\n').Split('\n');
        disk.Overwrite(Segment, Encoding.UTF8.GetBytes(string.Concat(lines[..^4].Select(line => line + "\n"))));
        disk.Delete(Checkpoints);
        Assert.NotEmpty(Failures(SampleJournal.Verify(disk)));
        disk.Delete("/data/journal/checkpoint");
        Assert.Equal([FindingKind.JournalTruncated], Failures(SampleJournal.Verify(disk, receipt)));
    }

    [Fact]
    public async Task Cutting_off_what_no_checkpoint_covers_yet_goes_unseen_but_for_the_unclean_end()
    {
        var disk = new SimulatedDisk();
        Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        await journal.AppendAsync(SampleJournal.Started("s0"));
        await journal.CheckpointAsync();
        await journal.AppendAsync(SampleJournal.Decided("s0", "rm -rf /backup"));
        SimulatedDisk killed = disk.Clone();
        await journal.DisposeAsync();
        string[] lines = Encoding.UTF8.GetString(killed.Bytes(Segment)).TrimEnd('\n').Split('\n');
        killed.Overwrite(Segment, Encoding.UTF8.GetBytes(string.Concat(lines[..^1].Select(line => line + "\n"))));

        await using (Journal again = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(killed)))
        {
            Assert.False(again.Opening.CleanBefore);
            Assert.Equal(["s0"], again.Opening.InterruptedSessions);
        }

        Assert.Empty(SampleJournal.Verify(killed).Findings);
    }

    [Fact]
    public async Task Editing_cutting_swapping_or_deleting_a_recording_or_its_key_is_found_without_any_recording_key()
    {
        SimulatedDisk whole = await SampleJournal.CreateAsync(sessions: 2);
        byte[] bytes = whole.Bytes(Part);
        (string Path, byte[]? Content)[] acts =
        [
            (Part, [.. bytes[..^1], (byte)(bytes[^1] ^ 1)]),
            (Part, bytes[..^30]),
            (Part, whole.Bytes("/data/recordings/s1/channel-0.part-001.cast.enc")),
            (Part, null),
            ("/data/recordings/s0/key", whole.Bytes("/data/recordings/s1/key")),
            ("/data/recordings/s0/key", null),
        ];
        foreach ((string path, byte[]? content) in acts)
        {
            SimulatedDisk disk = whole.Clone();
            disk.Delete(path);
            if (content is not null)
            {
                disk.Overwrite(path, content);
            }

            VerificationReport report = JournalVerifier.Verify(SampleJournal.Directory, new VerifierOptions
            {
                TrustedKey = SampleJournal.Signer.VerifierKey,
                FileSystem = disk,
            });
            Assert.NotEmpty(Failures(report));
        }
    }

    [Fact]
    public async Task A_recording_put_in_anew_under_the_public_key_is_not_the_sealed_one()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        var elsewhere = new SimulatedDisk();
        await using (Journal journal =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(elsewhere)))
        {
            using var recordings = new SessionRecordings(journal,
                SampleJournal.RecordingOptions(SampleJournal.Directory, elsewhere), "s0");
            await using RecordingWriter writer = recordings.Start(new RecordingHeader("s0", 0, 80, 24));
            await writer.OutputAsync("$ nothing happened"u8.ToArray());
        }

        disk.Overwrite(Part, elsewhere.Bytes(Part));
        disk.Overwrite("/data/recordings/s0/key", elsewhere.Bytes("/data/recordings/s0/key"));
        // It can be read: the key is right. It is not what was sealed.
        Assert.Equal("$ nothing happened", Assert.Single(
            new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).Events("s0", 0)).Data);
        Assert.Contains(FindingKind.RecordingChanged, Failures(SampleJournal.Verify(disk)));
    }

    [Fact]
    public async Task Shredding_early_by_hand_is_found_since_no_record_orders_it()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        disk.Delete("/data/recordings/s0/key");
        Assert.Equal([FindingKind.RecordingKeyMissing], Failures(SampleJournal.Verify(disk)));
    }

    /// <summary>The lines of the records that are left, numbered and hashed anew as a careful forger would.</summary>
    private static IEnumerable<string> WithoutSession(SimulatedDisk disk, string session)
    {
        long sequence = 0;
        foreach (string line in Encoding.UTF8.GetString(disk.Bytes(Segment)).TrimEnd('\n').Split('\n'))
        {
            if (line.Contains($"\"session\":\"{session}\"", StringComparison.Ordinal))
            {
                continue;
            }

            string record =
                System.Text.RegularExpressions.Regex.Replace(line[65..], "\"seq\":[0-9]+", $"\"seq\":{sequence}");
            record = System.Text.RegularExpressions.Regex.Replace(record, "\"after\":[0-9]+", $"\"after\":{sequence}");
            sequence++;
            yield return Convert.ToHexStringLower(MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(record))) + " " + record
                + "\n";
        }
    }
}
