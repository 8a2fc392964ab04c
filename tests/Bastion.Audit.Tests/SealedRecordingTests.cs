using System.Runtime.Versioning;
using System.Text;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

/// <summary>Recordings at rest: nobody reads them without the key, nobody changes them unseen, and a crash leaves what
/// was.</summary>
public sealed class SealedRecordingTests
{
    private const string Part = "/data/recordings/s0/channel-0.part-001.cast.enc";
    private const string Key = "/data/recordings/s0/key";

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    /// <summary>RFC 9180 appendix A.1.1, the first encryption.</summary>
    [Fact]
    public void Hpke_gives_what_the_rfc_gives()
    {
        (byte[] encapsulated, byte[] ciphertext) = Hpke.Seal(
            Hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d"),
            Hex("4f6465206f6e2061204772656369616e2055726e"),
            Hex("436f756e742d30"),
            Hex("4265617574792069732074727574682c20747275746820626561757479"),
            Hex("52c4a758a802cd8b936eceea314432798d5baf2d7e9235dc084ab1b9cfa2f736"),
            aead: 0x0001);
        Assert.Equal("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431",
            Convert.ToHexStringLower(encapsulated));
        Assert.Equal(
            "f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a",
            Convert.ToHexStringLower(ciphertext));
    }

    [Fact]
    public void A_point_of_small_order_is_no_recipient() =>
        Assert.ThrowsAny<System.Security.Cryptography.CryptographicException>(() =>
        Hpke.Seal(new byte[32], [], [], "x"u8));

    [Fact]
    public async Task Neither_text_nor_commands_of_a_recording_are_on_the_disk()
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        using var recordings =
            new SessionRecordings(journal, SampleJournal.RecordingOptions(SampleJournal.Directory, disk), "s0");
        await using (RecordingWriter writer = recordings.Start(new RecordingHeader("s0", 0, 80, 24)
        {
            Command = "cat secret-plan",
        }))
        {
            await writer.OutputAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("the secret plan ", 100))));
            await writer.InputAsync("plan"u8.ToArray());
        }

        string raw = Encoding.Latin1.GetString(disk.Bytes(Part));
        Assert.DoesNotContain("plan", raw, StringComparison.Ordinal);
        Assert.InRange(raw.Length, 100, 1000);
    }

    [Fact]
    public async Task Without_the_private_key_the_journal_verifies_and_the_text_stays_closed()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        var other = new RecordingKeyRing(RecordingPrivateKey.Generate());

        VerificationReport blind = JournalVerifier.Verify(SampleJournal.Directory, new VerifierOptions
        {
            TrustedKey = SampleJournal.Signer.VerifierKey,
            FileSystem = disk,
        });
        Assert.Empty(blind.Findings);
        Assert.Equal((1, 0), (blind.Recordings, blind.RecordingsRead));
        Assert.Equal(1, SampleJournal.Verify(disk).RecordingsRead);

        RecordingLockedException locked = Assert.Throws<RecordingLockedException>(
            () => new RecordingReader(SampleJournal.Directory, other, disk).Events("s0", 0).Count());
        Assert.Contains(SampleJournal.RecordingKey.PublicKey.Id, locked.Message, StringComparison.Ordinal);
        Assert.Null(new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).WhyLocked("s0"));
    }

    [Fact]
    public async Task The_key_of_one_session_opens_no_other()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        disk.Overwrite("/data/recordings/s1/key", disk.Bytes(Key));
        var reader = new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk);
        Assert.NotNull(reader.WhyLocked("s1"));
        Assert.Contains(SampleJournal.Verify(disk).Findings, finding => finding.Kind == FindingKind.RecordingChanged);
    }

    [Fact]
    public async Task A_crash_at_any_byte_leaves_all_that_came_before()
    {
        var disk = new SimulatedDisk();
        await using Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        using var recordings =
            new SessionRecordings(journal, SampleJournal.RecordingOptions(SampleJournal.Directory, disk), "s0");
        RecordingWriter writer = recordings.Start(new RecordingHeader("s0", 0, 80, 24));
        var ends = new List<int>();
        for (int index = 0; index < 8; index++)
        {
            await writer.OutputAsync(Encoding.UTF8.GetBytes(new string((char)('a' + index), index * 40)));
            ends.Add(disk.Bytes(Part).Length);
        }

        await writer.DisposeAsync();
        byte[] whole = disk.Bytes(Part);
        for (int cut = 0; cut <= whole.Length; cut++)
        {
            disk.Overwrite(Part, whole[..cut]);
            RecordingEvent[] events =
                [.. new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).Events("s0", 0)];
            // The first chunk was empty and left no event.
            Assert.Equal(Math.Max(0, ends.Count(end => end <= cut) - 1), events.Length);
            Assert.DoesNotContain(events, each => each.Code == 'm');
        }
    }

    [Fact]
    public async Task A_changed_frame_is_shown_as_damage_and_never_as_text()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        byte[] bytes = disk.Bytes(Part);
        for (int index = 0; index < bytes.Length - 20; index++)
        {
            bytes[index] ^= 1;
            disk.Overwrite(Part, bytes);
            RecordingEvent[] events =
                [.. new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).Events("s0", 0)];
            Assert.DoesNotContain(events, each => each.Code == 'o' && each.Data != "$ ");
            bytes[index] ^= 1;
        }

        bytes[100] ^= 1;
        disk.Overwrite(Part, bytes);
        Assert.Equal('m', Assert.Single(
            new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).Events("s0", 0)).Code);
    }

    [Fact]
    public async Task A_shredded_recording_is_gone_for_good_and_everything_still_verifies()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            var shredder = new RecordingShredder(journal, SampleJournal.Directory, new KeepsOnly("s1"), disk);
            Assert.Equal(ShredResult.Shredded,
                (await shredder.ShredAsync("s0", "retention", "kept for 400 days")).Result);
            ShredOutcome held = await shredder.ShredAsync("s1", "retention", "kept for 400 days");
            Assert.Equal(new ShredOutcome(ShredResult.Kept, "legal hold"), held);
            Assert.Equal(ShredResult.NothingThere, (await shredder.ShredAsync("s0", "retention", "again")).Result);
        }

        Assert.False(disk.FileExists(Key));
        var reader = new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk);
        Assert.Throws<RecordingLockedException>(() => reader.Events("s0", 0).Count());
        Assert.Equal("$ ", Assert.Single(reader.Events("s1", 0)).Data);
        VerificationReport report = SampleJournal.Verify(disk);
        Assert.Empty(report.Findings);
        Assert.Equal((1, 1), (report.SessionsShredded, report.RecordingsRead));
    }

    [Fact]
    public async Task A_key_that_vanished_without_a_record_is_a_failure_and_one_that_stayed_a_warning()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync();
        byte[] key = disk.Bytes(Key);
        disk.Delete(Key);
        Assert.Contains(SampleJournal.Verify(disk).Findings, finding =>
            finding is { Kind: FindingKind.RecordingKeyMissing, Severity: FindingSeverity.Failure });

        disk.Overwrite(Key, key);
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            await new RecordingShredder(journal, SampleJournal.Directory, new KeepsOnly("none"), disk).ShredAsync("s0",
                "retention", "over");
        }

        disk.Overwrite(Key, key);
        Finding finding = Assert.Single(SampleJournal.Verify(disk).Findings);
        Assert.Equal((FindingKind.RecordingNotShredded, FindingSeverity.Warning), (finding.Kind, finding.Severity));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void Keys_are_made_once_and_the_private_half_may_live_elsewhere()
    {
        using var directory = new TestDirectory();
        string keys = Path.Combine(directory.Path, "keys");
        (RecordingPublicKey made, RecordingKeyRing ring) = RecordingKeyRing.LoadOrCreate(keys);
        Assert.False(ring.IsEmpty);
        string secret = Path.Combine(keys, "recordings.key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        string elsewhere = Path.Combine(directory.Path, "elsewhere.key");
        File.Move(secret, elsewhere);

        (RecordingPublicKey again, RecordingKeyRing empty) = RecordingKeyRing.LoadOrCreate(keys);
        Assert.Equal(made.ToString(), again.ToString());
        Assert.True(empty.IsEmpty);
        Assert.False(File.Exists(secret));
        Assert.NotNull(RecordingKeyRing.Load(elsewhere).Find(made.Id));

        File.SetUnixFileMode(elsewhere, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod", Assert.Throws<UnauthorizedAccessException>(() =>
            RecordingKeyRing.Load(elsewhere)).Message, StringComparison.Ordinal);
    }

    private sealed class KeepsOnly(string session) : IRecordingRetention
    {
        public ValueTask<string?> WhyKeepAsync(string asked, CancellationToken cancellationToken) =>
            ValueTask.FromResult(asked == session ? "legal hold" : null);
    }
}
