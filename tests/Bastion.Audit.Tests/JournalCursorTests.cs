using Bastion.Audit.Records;

namespace Bastion.Audit.Tests;

public sealed class JournalCursorTests
{
    [Fact]
    public async Task A_cursor_goes_on_over_segments_and_gives_nothing_that_is_not_durable()
    {
        var disk = new SimulatedDisk();
        await using Journal journal =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk, segmentBytes: 1024));
        using var cursor = new JournalCursor(SampleJournal.Directory, 0, disk);
        var seen = new List<long>();
        for (int round = 0; round < 20; round++)
        {
            await journal.AppendAsync(new LoginEnded { User = "alice", Reason = $"round {round}" });
            Assert.Null(new JournalCursor(SampleJournal.Directory, journal.Size - 1, disk).TryRead(journal.Size - 1));
            while (cursor.TryRead(journal.Size) is { } entry)
            {
                seen.Add(entry.Sequence);
            }

            Assert.Equal(journal.Size, cursor.Next);
        }

        Assert.Equal(Enumerable.Range(0, (int)journal.Size).Select(sequence => (long)sequence), seen);
        Assert.True(disk.List("/data/journal/segments").Count > 2);
        using var middle = new JournalCursor(SampleJournal.Directory, 7, disk);
        Assert.Equal(7, middle.TryRead(journal.Size)!.Sequence);
    }

    [Fact]
    public async Task A_changed_byte_below_the_durable_size_is_damage_and_not_the_end()
    {
        SimulatedDisk disk = await SampleJournal.CreateAsync(sessions: 2);
        long size = new JournalReader(SampleJournal.Directory, disk).Size();
        string segment = disk.Files.First(path => path.EndsWith(".records", StringComparison.Ordinal));
        byte[] bytes = disk.Bytes(segment);
        bytes[bytes.Length / 2] ^= 1;
        disk.Overwrite(segment, bytes);
        using var cursor = new JournalCursor(SampleJournal.Directory, 0, disk);
        Assert.Throws<JournalDamagedException>(() =>
        {
            while (cursor.TryRead(size) is not null)
            {
            }
        });
    }
}
