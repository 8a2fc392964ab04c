using System.Runtime.Versioning;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;

namespace Bastion.Audit.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly Ed25519NoteSigner _signer = Ed25519NoteSigner.Generate("bastion.test/journal");

    public void Dispose() => _directory.Dispose();

    private JournalOptions Options => new() { Signer = _signer };

    [Fact]
    public async Task A_record_that_was_acknowledged_is_read_back_with_its_place()
    {
        JournalPosition position;
        await using (Journal journal = await Journal.OpenAsync(_directory.Path, Options))
        {
            position = await journal.AppendAsync(new LoginFailed
            {
                User = "alice\n\u001b[2J",
                Source = "203.0.113.7:50122",
                Surface = Surface.Ssh,
                Reason = "no such key",
            });
        }

        JournalEntry entry = new JournalReader(_directory.Path).Read(position.Sequence).First();
        Assert.Equal("login.failed", entry.Kind);
        Assert.Equal("alice\n\u001b[2J", entry.Text("user"));
        Assert.Equal(position.Sequence, entry.Sequence);
    }

    [Fact]
    public async Task Closing_and_opening_again_goes_on_with_the_next_sequence()
    {
        for (int round = 0; round < 3; round++)
        {
            await using Journal journal = await Journal.OpenAsync(_directory.Path, Options);
            Assert.True(journal.Opening.CleanBefore);
        }

        JournalEntry[] entries = [.. new JournalReader(_directory.Path).Read()];
        Assert.Equal([0L, 1, 2, 3, 4, 5], entries.Select(entry => entry.Sequence));
        Assert.Equal(["journal.opened", "journal.closed"], entries.Select(entry => entry.Kind).Distinct());
        Assert.Equal(6, new JournalReader(_directory.Path).LatestCheckpoint()!.Size);
    }

    [Fact]
    public async Task Appends_from_many_sessions_get_every_sequence_once_and_share_commits()
    {
        const int Sessions = 50;
        const int Each = 40;
        await using Journal journal = await Journal.OpenAsync(_directory.Path, Options);
        JournalPosition[][] positions =
            await Task.WhenAll(Enumerable.Range(0, Sessions).Select(session => Task.Run(async () =>
        {
            var mine = new JournalPosition[Each];
            for (int index = 0; index < Each; index++)
            {
                mine[index] = await journal.AppendAsync(SampleJournal.Decided($"s{session}", "ls"));
            }

            return mine;
        })));
        Assert.Equal(Sessions * Each,
            positions.SelectMany(each => each).Select(each => each.Sequence).Distinct().Count());
        Assert.All(positions, mine => Assert.Equal(mine.OrderBy(each => each.Sequence), mine));
        JournalEntry[] entries = [.. new JournalReader(_directory.Path).Read()];
        Assert.True(entries.Select(entry => entry.After).Distinct().Count() < entries.Length,
            "every record had a commit of its own");
    }

    [Fact]
    public async Task A_record_that_nothing_waits_for_shares_the_commit_of_the_next_one()
    {
        var time = new ManualTime();
        await using Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            TimeProvider = time,
        });
        Task<JournalPosition> soon = journal.AppendSoonAsync(SampleJournal.Decided("s1", "ls"));
        Assert.False(soon.IsCompleted);
        JournalPosition next = await journal.AppendAsync(SampleJournal.Decided("s1", "df"));
        Assert.Equal(next.Sequence - 1, (await soon).Sequence);
        JournalEntry[] both = [.. new JournalReader(_directory.Path).Read(next.Sequence - 1).Take(2)];
        Assert.Equal(both[0].After, both[1].After);
    }

    [Fact]
    public async Task A_record_that_nothing_waits_for_is_durable_when_patience_ends()
    {
        var time = new ManualTime();
        var options = new JournalOptions() { Signer = _signer, TimeProvider = time };
        await using Journal journal = await Journal.OpenAsync(_directory.Path, options);
        Task<JournalPosition> soon = journal.AppendSoonAsync(SampleJournal.Decided("s1", "ls"));
        time.Advance(options.Patience);
        JournalPosition position = await soon.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(journal.Size - 1, position.Sequence);
    }

    [Fact]
    public async Task Closing_commits_what_nothing_waited_for()
    {
        Task<JournalPosition> soon;
        await using (Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            TimeProvider = new ManualTime(),
        }))
        {
            soon = journal.AppendSoonAsync(SampleJournal.Decided("s1", "ls"));
        }

        Assert.Equal("command.decided", new JournalReader(_directory.Path).Read((await soon).Sequence).First().Kind);
    }

    [Fact]
    public async Task A_second_process_is_refused_while_the_first_has_the_directory()
    {
        await using Journal journal = await Journal.OpenAsync(_directory.Path, Options);
        JournalUnavailableException refused =
            await Assert.ThrowsAsync<JournalUnavailableException>(() => Journal.OpenAsync(_directory.Path, Options));
        Assert.Contains("in use by another process", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_journal_takes_no_more_records()
    {
        Journal journal = await Journal.OpenAsync(_directory.Path, Options);
        await journal.DisposeAsync();
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.AppendAsync(SampleJournal.Started("s1")));
        Assert.Equal(JournalState.Closed, journal.Health.State);
    }

    [Fact]
    public async Task Another_key_is_refused_until_it_is_rotated()
    {
        await (await Journal.OpenAsync(_directory.Path, Options)).DisposeAsync();
        var other = new JournalOptions { Signer = Ed25519NoteSigner.Generate("bastion.test/journal") };
        JournalUnavailableException refused =
            await Assert.ThrowsAsync<JournalUnavailableException>(() => Journal.OpenAsync(_directory.Path, other));
        Assert.Contains("give the journal its own key back", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Evidence_is_readable_by_its_owner_alone()
    {
        await using Journal journal = await Journal.OpenAsync(_directory.Path, Options);
        foreach (string path in Directory.EnumerateFileSystemEntries(_directory.Journal, "*",
            SearchOption.AllDirectories))
        {
            UnixFileMode others = File.GetUnixFileMode(path) & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite
                | UnixFileMode.UserExecute);
            Assert.True(others == UnixFileMode.None, path);
        }
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task Symbolic_links_foreign_files_and_loose_modes_are_refused_with_what_to_do()
    {
        await (await Journal.OpenAsync(_directory.Path, Options)).DisposeAsync();
        string records = Directory.GetFiles(_directory.Segments, "*.records").Single();

        string stranger = Path.Combine(_directory.Segments, "notes.txt");
        File.WriteAllText(stranger, "");
        Assert.Contains("move it elsewhere", await RefusalAsync(), StringComparison.Ordinal);
        File.Delete(stranger);

        File.SetUnixFileMode(records, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains($"chmod go= {records}", await RefusalAsync(), StringComparison.Ordinal);
        File.SetUnixFileMode(records, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        string moved = Path.Combine(_directory.Path, "moved");
        File.Move(records, moved);
        File.CreateSymbolicLink(records, moved);
        Assert.Contains("symbolic link", await RefusalAsync(), StringComparison.Ordinal);
        File.Move(moved, records, overwrite: true);

        await (await Journal.OpenAsync(_directory.Path, Options)).DisposeAsync();
    }

    [Fact]
    public async Task The_clock_may_jump_both_ways_and_the_order_stays()
    {
        var time = new ManualTime();
        await using (Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            TimeProvider = time,
        }))
        {
            foreach (int days in (int[])[0, 4000, -8000, 1])
            {
                time.Jump(TimeSpan.FromDays(days));
                await journal.AppendAsync(SampleJournal.Started("s1"));
            }
        }

        JournalEntry[] entries = [.. new JournalReader(_directory.Path).Read()];
        Assert.Equal(Enumerable.Range(0, entries.Length), entries.Select(entry => (int)entry.Sequence));
        Assert.True(entries[3].At < entries[2].At);
        Assert.True(Verification.JournalVerifier.Verify(_directory.Path).Holds);
    }

    [Fact]
    public async Task Activity_is_under_a_checkpoint_after_the_interval_without_anyone_asking()
    {
        var time = new ManualTime();
        await using Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            TimeProvider = time,
        });
        JournalPosition position = await journal.AppendAsync(SampleJournal.Started("s1"));
        Assert.True(journal.LatestCheckpoint!.Size <= position.Sequence);
        time.Advance(TimeSpan.FromSeconds(2));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (journal.LatestCheckpoint!.Size <= position.Sequence)
        {
            await Task.Delay(1, deadline.Token);
        }

        Assert.True(journal.LatestCheckpoint.Note.IsSignedBy(_signer.VerifierKey));
    }

    [Fact]
    public async Task Reading_and_verifying_work_beside_a_running_writer()
    {
        await using Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            SegmentBytes = 20_000,
        });
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            do
            {
                await SampleJournal.AppendSessionAsync(journal, _directory.Path, $"s{journal.Size}");
                await journal.CheckpointAsync();
            }
            while (!stop.IsCancellationRequested);
        });
        var options = new Verification.VerifierOptions { TrustedKey = _signer.VerifierKey };
        for (int round = 0; round < 20; round++)
        {
            Verification.VerificationReport report = Verification.JournalVerifier.Verify(_directory.Path, options);
            Assert.True(report.Holds, string.Join("; ", report.Findings));
        }

        await stop.CancelAsync();
        await writing;
        long size = journal.Size;
        Assert.Equal(size, new JournalReader(_directory.Path).Size());
        Assert.Equal([size - 2, size - 1],
            new JournalReader(_directory.Path).ReadLast(2).Select(entry => entry.Sequence));
    }

    [Fact]
    public async Task A_follower_gets_each_record_once_also_those_that_come_later()
    {
        await using Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            SegmentBytes = 2000,
        });
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var reader = new JournalReader(_directory.Path);
        var seen = new List<long>();
        var following = Task.Run(async () =>
        {
            await foreach (JournalEntry entry in reader.FollowAsync(0, TimeSpan.FromMilliseconds(5),
                TimeProvider.System, deadline.Token))
            {
                seen.Add(entry.Sequence);
                if (entry.Session == "last")
                {
                    return;
                }
            }
        });
        for (int index = 0; index < 100; index++)
        {
            await journal.AppendAsync(SampleJournal.Decided("s1", "ls"));
        }

        await journal.AppendAsync(SampleJournal.Started("last"));
        await following;
        Assert.Equal(Enumerable.Range(0, seen.Count), seen.Select(each => (int)each));
    }

    private async Task<string> RefusalAsync() =>
        (await Assert.ThrowsAsync<JournalUnavailableException>(() =>
        Journal.OpenAsync(_directory.Path, Options))).Message;
}
