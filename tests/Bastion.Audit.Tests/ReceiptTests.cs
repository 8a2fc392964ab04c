using System.Buffers.Binary;
using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Verification;
using Bastion.Audit.Witnesses;

namespace Bastion.Audit.Tests;

public sealed class ReceiptTests
{
    [Fact]
    public async Task A_receipt_proves_its_record_offline_and_survives_writing_and_reading()
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        var receipts = new List<Receipt>();
        for (int index = 0; index < 5; index++)
        {
            JournalPosition position = await journal.AppendAsync(SampleJournal.Decided("s1", $"rm -rf /srv/{index}"));
            receipts.Add(await journal.ReceiptAsync(position.Sequence));
        }

        Assert.True(Receipt.TryParseAll(string.Join('\n', receipts), out IReadOnlyList<Receipt>? read));
        Assert.Equal(receipts.Select(each => each.ToString()), read.Select(each => each.ToString()));
        Assert.All(read, each => Assert.Null(each.Fault(SampleJournal.Signer.VerifierKey)));
        Assert.Equal("rm -rf /srv/3", read[3].Entry()!.Text("command"));
    }

    [Fact]
    public async Task Any_changed_byte_of_a_receipt_is_found()
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        JournalPosition position = await journal.AppendAsync(SampleJournal.Decided("s1", "rm -rf /srv"));
        byte[] text = Encoding.UTF8.GetBytes((await journal.ReceiptAsync(position.Sequence)).ToString());
        for (int index = 0; index < text.Length; index++)
        {
            text[index] ^= 1;
            bool holds = Receipt.TryParse(Encoding.UTF8.GetString(text), out Receipt? changed)
                && changed.Fault(SampleJournal.Signer.VerifierKey) is null;
            Assert.False(holds, $"byte {index}");
            text[index] ^= 1;
        }
    }

    [Fact]
    public async Task A_receipt_shows_that_its_record_was_removed_from_a_journal_that_was_forged_with_the_stolen_key()
    {
        // The attacker has the key and writes a whole new history without the command.
        var disk = new SimulatedDisk();
        Receipt receipt;
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            JournalPosition position = await journal.AppendAsync(SampleJournal.Decided("s1", "rm -rf /srv"));
            receipt = await journal.ReceiptAsync(position.Sequence);
        }

        var forged = new SimulatedDisk();
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(forged)))
        {
            await journal.AppendAsync(SampleJournal.Decided("s1", "ls"));
            await journal.AppendAsync(SampleJournal.Decided("s1", "ls"));
        }

        Assert.True(SampleJournal.Verify(forged).Holds);
        VerificationReport report = SampleJournal.Verify(forged, receipt.Checkpoint);
        Assert.Contains(report.Findings, finding => finding.Kind == FindingKind.Forked
            && finding.Severity == FindingSeverity.Failure);
    }

    [Fact]
    public async Task The_journal_reads_as_a_tiled_log_whose_entries_hash_to_its_tiles()
    {
        var disk = new SimulatedDisk();
        await using Journal journal =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk, segmentBytes: 40_000));
        await Task.WhenAll(Enumerable.Range(0, 700)
            .Select(_ => journal.AppendAsync(SampleJournal.Decided("s1", "ls"))));
        Checkpoint checkpoint = (await journal.CheckpointAsync())!;
        JournalTiles tiles = journal.Tiles;

        Assert.Equal(checkpoint.ToString(), Encoding.UTF8.GetString(tiles.Read("checkpoint")!));
        int full = (int)(checkpoint.Size / 256);
        int partial = (int)(checkpoint.Size % 256);
        for (int index = 0; index <= full; index++)
        {
            string suffix = index == full ? $"{index:d3}.p/{partial}" : $"{index:d3}";
            byte[] hashes = tiles.Read($"tile/0/{suffix}")!;
            byte[][] entries = [.. Entries(tiles.Read($"tile/entries/{suffix}")!)];
            Assert.Equal(hashes, entries.SelectMany(entry => MerkleTree.HashLeaf(entry)));
        }

        Assert.Equal(full * 32, tiles.Read($"tile/1/000.p/{full}")!.Length);
        Assert.Null(tiles.Read($"tile/0/{full:d3}"));
        Assert.Null(tiles.Read($"tile/0/{full:d3}.p/{partial + 1}"));
        Assert.Null(tiles.Read("tile/2/000.p/1"));
        Assert.Null(tiles.Read("../../keys/journal.key"));
        Assert.Contains("/data/journal/tile/0/000", disk.Files);
        Assert.Equal(checkpoint.RootHash.ToArray(),
            new TileTree(address => tiles.Read(address.ToString())!).Root(checkpoint.Size));
    }

    [Fact]
    public async Task Lost_tiles_come_back_at_the_next_start_and_changed_ones_are_found()
    {
        var disk = new SimulatedDisk();
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            await Task.WhenAll(Enumerable.Range(0, 600)
                .Select(_ => journal.AppendAsync(SampleJournal.Decided("s1", "ls"))));
        }

        const string Tile = "/data/journal/tile/0/001";
        byte[] before = disk.Bytes(Tile);
        disk.Delete(Tile);
        Assert.Equal(FindingSeverity.Warning, SampleJournal.Verify(disk).Findings.Single().Severity);
        await (await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk))).DisposeAsync();
        Assert.Equal(before, disk.Bytes(Tile));

        byte[] changed = [.. before];
        changed[5 * 32] ^= 1;
        disk.Overwrite(Tile, changed);
        Finding finding = SampleJournal.Verify(disk).Findings.Single();
        Assert.Equal((FindingKind.TileChanged, 256 + 5), (finding.Kind, finding.Sequence!.Value));
    }

    [Fact]
    public async Task After_a_rotation_both_the_old_and_the_new_key_vouch_for_the_whole_journal()
    {
        var disk = new SimulatedDisk();
        var next = Ed25519NoteSigner.Generate(SampleJournal.Signer.VerifierKey.Name);
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            await journal.AppendAsync(SampleJournal.Started("s1"));
            await journal.RotateKeyAsync(next, "carol");
            await journal.AppendAsync(SampleJournal.Started("s2"));
        }

        await Assert.ThrowsAsync<JournalUnavailableException>(() =>
            Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)));
        await (await Journal.OpenAsync(SampleJournal.Directory, new JournalOptions
        {
            Signer = next,
            FileSystem = disk,
        })).DisposeAsync();
        foreach (NoteVerifierKey trusted in (NoteVerifierKey[])[SampleJournal.Signer.VerifierKey, next.VerifierKey])
        {
            VerificationReport report = JournalVerifier.Verify(
                SampleJournal.Directory, new VerifierOptions { TrustedKey = trusted, FileSystem = disk });
            Assert.True(report.Holds, string.Join("; ", report.Findings));
        }
    }

    [Fact]
    public async Task A_key_that_the_one_before_does_not_vouch_for_is_a_forgery()
    {
        // Whoever can write the directory, but has no key, appends a rotation to a key of their own and signs with
        // that.
        var disk = new SimulatedDisk();
        await (await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk))).DisposeAsync();
        var attacker = Ed25519NoteSigner.Generate(SampleJournal.Signer.VerifierKey.Name);
        var pretended = new ForgedSigner(SampleJournal.Signer.VerifierKey, attacker);
        await using (Journal journal = await Journal.OpenAsync(
            SampleJournal.Directory, new JournalOptions { Signer = pretended, FileSystem = disk }))
        {
            await journal.RotateKeyAsync(attacker);
        }

        Assert.Contains(SampleJournal.Verify(disk).Findings, finding => finding.Kind == FindingKind.KeyMismatch);
    }

    [Fact]
    public async Task A_witness_cosigns_a_growing_log_and_refuses_one_that_goes_back_or_forks()
    {
        var disk = new SimulatedDisk();
        var key = Ed25519NoteSigner.Generate("witness.test/w1", NoteKeyType.Cosignature);
        var witnessDisk = new SimulatedDisk();
        Witness Witness() => new([SampleJournal.Signer.VerifierKey], key, "/witnessed", new ManualTime(), witnessDisk);
        WitnessAnswer Ask(Journal journal, Checkpoint checkpoint, long old) =>
            Witness().Add(new WitnessRequest(old,
            journal.Tiles.ProveConsistency(Math.Min(old, checkpoint.Size), checkpoint.Size), checkpoint));
        Checkpoint first;
        SimulatedDisk fork;
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            first = (await journal.CheckpointAsync())!;
            WitnessAnswer answer = Ask(journal, first, 0);
            Assert.True(Checkpoint.TryParse(first.With(answer.Cosignature!).ToString(), out Checkpoint? cosigned));
            Assert.Equal(cosigned.ToString(), Witness().Newest(first.Origin)!.ToString());
            Assert.Equal(ManualTime.Start.ToUnixTimeSeconds(),
                Cosignature.CosignedAt(cosigned, key.VerifierKey)!.Value.ToUnixTimeSeconds());
            Assert.True(cosigned.Note.IsSignedBy(SampleJournal.Signer.VerifierKey));

            fork = disk.Clone();
            await journal.AppendAsync(SampleJournal.Started("s1"));
            Checkpoint second = (await journal.CheckpointAsync())!;
            // Who does not know where the witness stands is told; who claims it without proof is not believed.
            Assert.Equal((WitnessVerdict.Conflict, first.Size, (string?)null), Said(Ask(journal, second, 0)));
            Assert.Equal(WitnessVerdict.Inconsistent,
                Witness().Add(new WitnessRequest(first.Size, [], second)).Verdict);
            Assert.Equal(WitnessVerdict.Cosigned, Ask(journal, second, first.Size).Verdict);
            Assert.Equal(WitnessVerdict.Cosigned, Ask(journal, second, second.Size).Verdict);
            Assert.Equal(WitnessVerdict.Conflict, Ask(journal, first, second.Size - 1).Verdict);
            Assert.Equal(WitnessVerdict.Conflict, Witness().Add(new WitnessRequest(first.Size, [], first)).Verdict);
        }

        await using (Journal other = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(fork)))
        {
            await other.AppendAsync(SampleJournal.Started("s9"));
            Checkpoint forked = (await other.CheckpointAsync())!;
            long held = Witness().Newest(forked.Origin)!.Size;
            WitnessAnswer answer = Ask(other, forked, held);
            Assert.True(answer is { Cosignature: null, Proves: true, Objection: not null }, answer.ToString());
            Assert.Equal(held, Witness().Newest(forked.Origin)!.Size);
            var foreign = Checkpoint.Sign(100, new byte[32], Ed25519NoteSigner.Generate(forked.Origin));
            Assert.Equal(WitnessVerdict.NotSigned, Witness().Add(new WitnessRequest(held, [], foreign)).Verdict);
            var unknown = Checkpoint.Sign(100, new byte[32], Ed25519NoteSigner.Generate("elsewhere"));
            Assert.Equal(WitnessVerdict.UnknownLog, Witness().Add(new WitnessRequest(held, [], unknown)).Verdict);
        }

        static (WitnessVerdict, long, string?) Said(WitnessAnswer answer) =>
            (answer.Verdict, answer.Size, answer.Objection);
    }

    [Theory]
    [InlineData("old 1\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n\n", true)]
    [InlineData("old 0\n\n", true)]
    [InlineData("old 00\n\n", false)]
    [InlineData("old -1\n\n", false)]
    [InlineData("old 1\nAAAA\n\n", false)]
    [InlineData("old 1\n\n\n", false)]
    [InlineData("old 1\n", false)]
    [InlineData("", false)]
    public void A_request_to_a_witness_has_one_spelling(string head, bool good)
    {
        var checkpoint = Checkpoint.Sign(7, new byte[32], SampleJournal.Signer);
        string text = head + checkpoint;
        Assert.Equal(good, WitnessRequest.TryParse(text, out WitnessRequest? request));
        Assert.True(!good || request!.ToString() == text);
        string proof = string.Concat(Enumerable.Repeat(Convert.ToBase64String(new byte[32]) + "\n", 64));
        Assert.False(WitnessRequest.TryParse($"old 1\n{proof}\n{checkpoint}", out _));
    }

    [Fact]
    public void A_cosignature_of_the_specification_has_the_layout_we_read()
    {
        const string Sample =
            "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
            + "— example.com/behind-the-sofa "
            + "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
            + "— witness.example.com/w1 "
            + "jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";
        Assert.True(Checkpoint.TryParse(Sample, out Checkpoint? checkpoint));
        Assert.Equal(Sample, checkpoint.ToString());
        Assert.Equal(20852163, checkpoint.Size);
        Assert.Equal(1679315147, BinaryPrimitives.ReadInt64BigEndian(checkpoint.Note.Signatures[1].Signature));
    }

    private static IEnumerable<byte[]> Entries(byte[] bundle)
    {
        for (int position = 0; position < bundle.Length;)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(bundle.AsSpan(position));
            yield return bundle[(position + 2)..(position + 2 + length)];
            position += 2 + length;
        }
    }

    /// <summary>Claims one public key and signs with another.</summary>
    private sealed class ForgedSigner(NoteVerifierKey claimed, Ed25519NoteSigner real) : INoteSigner
    {
        public NoteVerifierKey VerifierKey => claimed;

        public byte[] Sign(ReadOnlySpan<byte> message) => real.Sign(message);
    }
}
