using Bastion.Audit.Records;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

public sealed class CrashTests
{
    private const long SmallSegments = 3000;

    [Fact]
    public async Task Whatever_was_acknowledged_survives_a_power_cut_at_every_operation()
    {
        int operations = (await RunUntilCutAsync(cutAt: null)).Disk.Operations;
        for (int cut = 1; cut <= operations; cut++)
        {
            (SimulatedDisk disk, List<long> acknowledged) = await RunUntilCutAsync(cut);
            for (ulong seed = 0; seed < 2; seed++)
            {
                await AssertRecoversAsync(disk.AfterPowerCut(new Choices(((ulong)cut << 8) + seed)), acknowledged,
                    $"cut {cut}, seed {seed}");
            }
        }
    }

    [Fact]
    public async Task A_second_power_cut_during_the_repair_is_survived_too()
    {
        for (int first = 20; first < 60; first += 3)
        {
            (SimulatedDisk disk, List<long> acknowledged) = await RunUntilCutAsync(first);
            SimulatedDisk found = disk.AfterPowerCut(new Choices((ulong)first));
            for (int second = 1; second < 12; second++)
            {
                SimulatedDisk again = found.Clone();
                again.CutAt = second;
                try
                {
                    await using Journal journal = await Journal.OpenAsync(
                        SampleJournal.Directory, SampleJournal.Options(again, SmallSegments));
                }
                catch (IOException)
                {
                    // As intended.
                }

                await AssertRecoversAsync(again.AfterPowerCut(new Choices((ulong)second)), acknowledged,
                    $"cuts {first} and {second}");
            }
        }
    }

    [Fact]
    public async Task After_a_failed_fsync_nothing_is_acknowledged_and_a_restart_makes_the_rest_durable()
    {
        var disk = new SimulatedDisk();
        Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        JournalPosition before = await journal.AppendAsync(SampleJournal.Started("s1"));
        disk.FailNextSync = true;
        await Assert.ThrowsAsync<JournalUnavailableException>(() =>
            journal.AppendAsync(SampleJournal.Decided("s1", "lost")));
        Assert.Equal(JournalState.Faulted, journal.Health.State);
        await Assert.ThrowsAsync<JournalUnavailableException>(() =>
            journal.AppendAsync(SampleJournal.Decided("s1", "later")));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.Completion);
        await journal.DisposeAsync();

        // The page cache still shows the record, though the kernel has forgotten to write it; then the power goes.
        JournalPosition after;
        await using (Journal again = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)))
        {
            after = await again.AppendAsync(SampleJournal.Started("s2"));
        }

        await AssertRecoversAsync(disk.AfterPowerCut(new Choices(7)), [before.Sequence, after.Sequence],
            "after a failed fsync");
    }

    [Fact]
    public async Task A_full_disk_stops_the_journal_and_loses_nothing_acknowledged()
    {
        var disk = new SimulatedDisk();
        var acknowledged = new List<long>();
        Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        disk.Capacity = disk.UsedBytes + 5000;
        JournalUnavailableException full = await Assert.ThrowsAsync<JournalUnavailableException>(async () =>
        {
            while (true)
            {
                acknowledged.Add((await journal.AppendAsync(SampleJournal.Decided("s1", "ls"))).Sequence);
            }
        });
        Assert.Contains("no space left", full.Message, StringComparison.Ordinal);
        Assert.NotEmpty(acknowledged);
        await journal.DisposeAsync();
        disk.Capacity = long.MaxValue;
        await AssertRecoversAsync(disk, acknowledged, "after a full disk");
    }

    [Fact]
    public async Task Sessions_without_an_end_are_closed_as_interrupted_and_their_recordings_sealed()
    {
        var disk = new SimulatedDisk();
        Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk, SmallSegments));
        await journal.AppendAsync(SampleJournal.Started("open"));
        using var recordings = new Recordings.SessionRecordings(
            journal, SampleJournal.RecordingOptions(SampleJournal.Directory, disk), "open");
        Recordings.RecordingWriter recording = recordings.Start(new Recordings.RecordingHeader("open", 0, 80, 24));
        await recording.OutputAsync("$ "u8.ToArray());
        for (int index = 0; index < 10; index++)
        {
            await SampleJournal.AppendSessionAsync(journal, disk, $"s{index}");
        }

        SimulatedDisk killed = disk.Clone();
        await recording.DisposeAsync();
        await journal.DisposeAsync();

        await using (Journal again =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(killed, SmallSegments)))
        {
            Assert.Equal(["open"], again.Opening.InterruptedSessions);
            Assert.False(again.Opening.CleanBefore);
            Assert.Contains(again.Opening.Lines(),
                line => line.StartsWith("1 sessions were open", StringComparison.Ordinal));
        }

        await using (Journal third =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(killed, SmallSegments)))
        {
            Assert.Empty(third.Opening.InterruptedSessions);
            Assert.True(third.Opening.CleanBefore);
            Assert.Empty(third.Opening.Lines());
        }

        VerificationReport report = SampleJournal.Verify(killed);
        Assert.Empty(report.Findings);
        Assert.Equal(11, report.Recordings);
    }

    [Fact]
    public async Task A_damaged_middle_refuses_the_opening_with_the_record()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        string path = disk.Files.First(each => each.EndsWith(".records", StringComparison.Ordinal));
        byte[] bytes = disk.Bytes(path);
        int fourthLine = 0;
        for (int line = 0; line < 3; line++)
        {
            fourthLine = Array.IndexOf(bytes, (byte)'\n', fourthLine) + 1;
        }

        bytes[fourthLine + 100] ^= 1;
        disk.Overwrite(path, bytes);
        JournalDamagedException damaged = await Assert.ThrowsAsync<JournalDamagedException>(
            () => Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk)));
        Assert.Equal(3, damaged.Sequence);
        Assert.Contains("record 3", damaged.Message, StringComparison.Ordinal);
    }

    private static async Task<(SimulatedDisk Disk, List<long> Acknowledged)> RunUntilCutAsync(int? cutAt)
    {
        var disk = new SimulatedDisk { CutAt = cutAt };
        var acknowledged = new List<long>();
        try
        {
            await using Journal journal =
                await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk, SmallSegments));
            for (int round = 0; round < 8; round++)
            {
                string session = $"s{round}";
                acknowledged.Add((await journal.AppendAsync(SampleJournal.Started(session))).Sequence);
                Task<JournalPosition>[] group = [.. Enumerable.Range(0, 3)
                    .Select(_ => journal.AppendAsync(SampleJournal.Decided(session, "rm -rf /srv")))];
                foreach (Task<JournalPosition> append in group)
                {
                    acknowledged.Add((await append).Sequence);
                }

                if (round % 2 == 0)
                {
                    await journal.CheckpointAsync();
                    acknowledged.Add((await journal.AppendAsync(new SessionEnded
                    {
                        Session = session,
                        Outcome = "client-closed",
                    })).Sequence);
                }
            }
        }
        catch (IOException)
        {
            // The cut; what was acknowledged before it counts.
        }

        return (disk, acknowledged);
    }

    private static async Task AssertRecoversAsync(SimulatedDisk disk, List<long> acknowledged, string context)
    {
        try
        {
            await (await Journal.OpenAsync(SampleJournal.Directory,
                SampleJournal.Options(disk, SmallSegments))).DisposeAsync();
        }
        catch (IOException exception)
        {
            Assert.Fail($"{context}: {exception.Message}");
        }

        long[] there = [.. new JournalReader(SampleJournal.Directory, disk).Read().Select(entry => entry.Sequence)];
        Assert.True(acknowledged.All(sequence => sequence < there.Length), $"{context}: acknowledged records are gone");
        VerificationReport report = SampleJournal.Verify(disk);
        Assert.True(report.Findings.Count == 0, $"{context}: {string.Join("; ", report.Findings)}");
    }
}
