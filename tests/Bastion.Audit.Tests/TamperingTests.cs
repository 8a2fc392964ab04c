using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

public sealed class TamperingTests
{
    private const string FirstSegment = "/data/journal/segments/00000000000000000000.records";

    private static IEnumerable<Finding> Failures(VerificationReport report) =>
        report.Findings.Where(finding => finding.Severity == FindingSeverity.Failure);

    [Fact]
    public async Task An_untouched_journal_holds_with_every_record_signed()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 3);
        VerificationReport report = SampleJournal.Verify(disk);
        Assert.Empty(report.Findings);
        Assert.Equal(report.Records, report.SignedRecords);
        Assert.Equal(3, report.Recordings);
    }

    [Fact]
    public async Task Any_changed_byte_in_any_file_is_found()
    {
        // The lowest bit makes a neighbour, the sixth turns the case of a letter, the highest leaves ASCII.
        byte[] flips = [0x01, 0x20, 0x80];
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        foreach (string path in disk.Files)
        {
            byte[] bytes = disk.Bytes(path);
            for (int index = 0; index < bytes.Length; index++)
            {
                bytes[index] ^= flips[index % flips.Length];
                disk.Overwrite(path, bytes);
                Assert.True(!SampleJournal.Verify(disk).Holds, $"byte {index} of {path}");
                bytes[index] ^= flips[index % flips.Length];
            }

            disk.Overwrite(path, bytes);
        }

        Assert.True(SampleJournal.Verify(disk).Holds);
    }

    [Fact]
    public async Task Each_removed_record_is_found_and_named()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        string[] lines = Lines(disk);
        for (int removed = 0; removed < lines.Length; removed++)
        {
            WriteLines(disk, lines.Where((_, index) => index != removed));
            Finding first = Failures(SampleJournal.Verify(disk)).First();
            Assert.Equal(removed, first.Sequence);
        }
    }

    [Fact]
    public async Task Any_two_swapped_records_are_found()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        string[] lines = Lines(disk);
        for (int left = 0; left < lines.Length; left++)
        {
            for (int right = left + 1; right < lines.Length; right++)
            {
                string[] swapped = [.. lines];
                (swapped[left], swapped[right]) = (swapped[right], swapped[left]);
                WriteLines(disk, swapped);
                Assert.Equal(left, Failures(SampleJournal.Verify(disk)).First().Sequence);
            }
        }
    }

    [Fact]
    public async Task A_record_rewritten_with_its_hash_is_found_by_the_signed_root()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        string[] lines = Lines(disk);
        int victim = Array.FindIndex(lines, line => line.Contains("rm -rf /srv", StringComparison.Ordinal));
        string record = lines[victim][65..].Replace("rm -rf /srv", "ls -l  /srv", StringComparison.Ordinal);
        lines[victim] =
            Convert.ToHexStringLower(Merkle.MerkleTree.HashLeaf(Encoding.UTF8.GetBytes(record))) + " " + record;
        WriteLines(disk, lines);
        Finding finding = Failures(SampleJournal.Verify(disk)).First();
        Assert.Equal(FindingKind.RecordsNotAsSigned, finding.Kind);
        Assert.InRange(finding.Sequence!.Value, 0, victim);
    }

    [Fact]
    public async Task A_whole_rewritten_journal_with_another_key_is_not_the_trusted_one()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        VerificationReport report = JournalVerifier.Verify(SampleJournal.Directory, new VerifierOptions
        {
            TrustedKey = Ed25519NoteSigner.Generate("bastion.test/journal").VerifierKey,
            FileSystem = disk,
        });
        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.KeyMismatch
            && finding.Severity == FindingSeverity.Failure);
    }

    [Fact]
    public async Task A_cut_tail_is_found_by_the_checkpoint_or_by_one_known_from_elsewhere()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        SimulatedDisk yesterday = disk.Clone();
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            await SampleJournal.AppendSessionAsync(journal, disk, "later");
        }

        Checkpoint receipt = new JournalReader(SampleJournal.Directory, disk).LatestCheckpoint()!;

        // The attacker rolls the whole directory back: consistent in itself.
        Assert.True(SampleJournal.Verify(yesterday).Holds);
        Assert.Equal(FindingKind.JournalTruncated, Failures(SampleJournal.Verify(yesterday, receipt)).Single().Kind);

        // Or cuts the records alone.
        string[] lines = Lines(disk);
        WriteLines(disk, lines[..^3]);
        Assert.Equal(FindingKind.JournalTruncated, Failures(SampleJournal.Verify(disk)).First().Kind);
    }

    [Fact]
    public async Task A_fork_is_found_by_a_checkpoint_of_the_other_branch()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        SimulatedDisk fork = disk.Clone();
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            await journal.AppendAsync(SampleJournal.Decided("s0", "true"));
        }

        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(fork)))
        {
            await journal.AppendAsync(SampleJournal.Decided("s0", "false"));
        }

        Checkpoint other = new JournalReader(SampleJournal.Directory, fork).LatestCheckpoint()!;
        Assert.Equal(FindingKind.Forked, Failures(SampleJournal.Verify(disk, other)).Single().Kind);
    }

    [Fact]
    public async Task A_missing_segment_is_found_wherever_it_was()
    {
        SimulatedDisk whole = await SampleJournal.CreateAsync(sessions: 12, segmentBytes: 2048);
        string[] segments = [.. whole.Files.Where(path => path.EndsWith(".records", StringComparison.Ordinal))];
        Assert.True(segments.Length > 3);
        Assert.Empty(SampleJournal.Verify(whole).Findings);
        foreach (string segment in segments)
        {
            SimulatedDisk disk = whole.Clone();
            disk.Delete(segment);
            disk.Delete(Path.ChangeExtension(segment, ".checkpoints"));
            Finding first = Failures(SampleJournal.Verify(disk)).First();
            Assert.Equal(long.Parse(Path.GetFileNameWithoutExtension(segment),
                System.Globalization.CultureInfo.InvariantCulture), first.Sequence);
        }
    }

    [Fact]
    public async Task A_missing_a_changed_and_a_foreign_recording_are_found()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 3);
        disk.Delete("/data/recordings/s0/channel-0.part-001.cast.enc");
        disk.Overwrite("/data/recordings/s1/channel-0.part-001.cast.enc", "{}"u8.ToArray());
        disk.CreateDirectory("/data/recordings/s9");
        disk.Create("/data/recordings/s9/channel-0.part-001.cast.enc").Dispose();
        Assert.Equal(
            [FindingKind.RecordingMissing, FindingKind.RecordingChanged, FindingKind.RecordingUnknown],
            Failures(SampleJournal.Verify(disk)).Select(finding => finding.Kind));
    }

    private static string[] Lines(SimulatedDisk disk) =>
        Encoding.UTF8.GetString(disk.Bytes(FirstSegment)).TrimEnd('\n').Split('\n');

    private static void WriteLines(SimulatedDisk disk, IEnumerable<string> lines) =>
        disk.Overwrite(FirstSegment, Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
}
