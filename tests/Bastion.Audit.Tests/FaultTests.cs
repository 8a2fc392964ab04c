using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Storage;
using Bastion.Audit.Verification;

namespace Bastion.Audit.Tests;

/// <summary>Clocks that jump and disks that take their time.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task A_clock_that_jumps_both_ways_changes_times_and_nothing_else()
    {
        var disk = new SimulatedDisk();
        var time = new JumpingTime();
        var options = new JournalOptions() { Signer = SampleJournal.Signer, FileSystem = disk, TimeProvider = time };
        TimeSpan[] jumps = [TimeSpan.FromDays(400), TimeSpan.FromDays(-800), TimeSpan.FromHours(3),
            TimeSpan.FromSeconds(-1), TimeSpan.FromDays(10)];
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, options))
        {
            await journal.AppendAsync(SampleJournal.Started("s1"));
            using var recordings = new SessionRecordings(
                journal,
                new RecordingOptions
                {
                    DataDirectory = SampleJournal.Directory,
                    Lock = SampleJournal.RecordingKey.PublicKey,
                    FileSystem = disk,
                    TimeProvider = time,
                },
                "s1");
            await using RecordingWriter recording = recordings.Start(new RecordingHeader("s1", 0, 80, 24));
            foreach (TimeSpan jump in jumps)
            {
                time.Jump(jump);
                await journal.AppendAsync(SampleJournal.Decided("s1", "ls"));
                await recording.OutputAsync("x"u8.ToArray());
                await journal.CheckpointAsync();
            }
        }

        // Opened again while the clock is far behind what was recorded.
        time.Jump(TimeSpan.FromDays(-3000));
        await (await Journal.OpenAsync(SampleJournal.Directory, options)).DisposeAsync();

        VerificationReport report = SampleJournal.Verify(disk);
        Assert.Empty(report.Findings);
        long[] sequences = [.. new JournalReader(SampleJournal.Directory, disk).Read().Select(entry => entry.Sequence)];
        Assert.Equal(Enumerable.Range(0, sequences.Length).Select(index => (long)index), sequences);
        RecordingEvent[] events =
            [.. new RecordingReader(SampleJournal.Directory, SampleJournal.KeyRing, disk).Events("s1", 0)];
        Assert.Equal(jumps.Length, events.Length);
        // A recording is timed by a clock that nobody sets.
        Assert.All(events, each => Assert.InRange(each.At, TimeSpan.Zero, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task A_disk_that_takes_its_time_slows_sessions_and_loses_nothing_and_memory_stays_bounded()
    {
        var disk = new SimulatedDisk();
        using var slow = new SlowDisk(disk);
        var options = new JournalOptions()
        {
            Signer = SampleJournal.Signer,
            FileSystem = slow,
            MaximumPendingAppends = 16,
        };
        await using (Journal journal = await Journal.OpenAsync(SampleJournal.Directory, options))
        {
            slow.Hold();
            Task<JournalPosition>[] waiting = [.. Enumerable.Range(0, 200)
                .Select(_ => Task.Run(() => journal.AppendAsync(SampleJournal.Decided("s1", "ls"))))];
            await slow.Reached;
            Assert.DoesNotContain(waiting, append => append.IsCompleted);
            Assert.InRange(journal.Health.PendingAppends, 1, 16);
            slow.Release();
            JournalPosition[] positions = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30));
            Assert.Equal(200, positions.Select(position => position.Sequence).Distinct().Count());
        }

        Assert.Empty(SampleJournal.Verify(disk).Findings);
    }

    [Fact]
    public async Task Signing_a_checkpoint_keeps_nobody_from_committing()
    {
        var disk = new SimulatedDisk();
        using var slow = new SlowDisk(disk, path => path.EndsWith(".checkpoints", StringComparison.Ordinal));
        Journal journal =
            await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(slow, segmentBytes: 8000));
        long covered = (await journal.AppendAsync(SampleJournal.Started("s1"))).Sequence + 1;
        slow.Hold();
        Task<Checkpoint?> signing = journal.CheckpointAsync();
        Task<JournalPosition>[] later;
        try
        {
            await slow.Reached;
            for (int index = 0; index < 3; index++)
            {
                await journal.AppendAsync(SampleJournal.Decided("s1", "ls")).WaitAsync(TimeSpan.FromSeconds(30));
            }

            Assert.False(signing.IsCompleted);
            // These begin a new segment, which waits: a segment's checkpoints are complete when the next begins.
            later = [.. Enumerable.Range(0, 20)
                .Select(_ => Task.Run(() => journal.AppendAsync(SampleJournal.Decided("s1", "ls"))))];
        }
        finally
        {
            slow.Release();
        }

        await Task.WhenAll(later).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Equal(covered, (await signing)!.Size);
        await journal.DisposeAsync();
        Assert.Empty(SampleJournal.Verify(disk).Findings);
        Assert.True(new JournalLayout(SampleJournal.Directory).ListSegments(disk).Count > 1);
    }

    [Theory]
    [InlineData(".checkpoints")]
    [InlineData("checkpoint.new")]
    [InlineData(".records")]
    public async Task The_first_fsync_that_fails_is_the_last_whatever_it_was_for(string file)
    {
        var disk = new SimulatedDisk();
        Journal journal = await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk));
        await journal.AppendAsync(SampleJournal.Started("s1"));
        disk.FailSyncsOf = path => path.EndsWith(file, StringComparison.Ordinal);
        await Assert.ThrowsAsync<JournalUnavailableException>(async () =>
        {
            await journal.AppendAsync(SampleJournal.Decided("s1", "ls"));
            await journal.CheckpointAsync();
        });
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.Completion);
        Assert.Equal(JournalState.Faulted, journal.Health.State);
        int failed = disk.FailedSyncs;
        disk.FailSyncsOf = null;
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => journal.AppendAsync(SampleJournal.Decided("s1", "later")));
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.CheckpointAsync());
        await Assert.ThrowsAsync<JournalUnavailableException>(() => journal.RotateKeyAsync(SampleJournal.Signer));
        await journal.DisposeAsync();
        Assert.Equal(1, failed);
        await (await Journal.OpenAsync(SampleJournal.Directory, SampleJournal.Options(disk))).DisposeAsync();
        Assert.Empty(SampleJournal.Verify(disk).Findings);
    }

    /// <summary>The wall clock is set at will; what measures intervals goes on by itself.</summary>
    private sealed class JumpingTime : TimeProvider
    {
        private TimeSpan _offset;

        public void Jump(TimeSpan by) => _offset += by;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + _offset;
    }

    /// <summary>An fsync that does not return until it is let.</summary>
    private sealed class SlowDisk(IFileSystem inner, Func<string, bool>? slow = null) : IFileSystem, IDisposable
    {
        private readonly ManualResetEventSlim _free = new(initialState: true);
        private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Reached => _reached.Task.WaitAsync(TimeSpan.FromSeconds(30));

        public void Dispose() => _free.Dispose();

        public void Hold() => _free.Reset();

        public void Release() => _free.Set();

        public bool FileExists(string path) => inner.FileExists(path);

        public bool DirectoryExists(string path) => inner.DirectoryExists(path);

        public void CreateDirectory(string path) => inner.CreateDirectory(path);

        public IReadOnlyList<FileSystemEntry> List(string directory) => inner.List(directory);

        public IFile Create(string path) => new SlowFile(this, inner.Create(path), slow?.Invoke(path) ?? true);

        public IFile Open(string path) => new SlowFile(this, inner.Open(path), slow?.Invoke(path) ?? true);

        public IFile OpenRead(string path) => inner.OpenRead(path);

        public void Replace(string source, string destination) => inner.Replace(source, destination);

        public void Delete(string path) => inner.Delete(path);

        public void SyncDirectory(string path) => inner.SyncDirectory(path);

        public IDisposable Lock(string directory) => inner.Lock(directory);

        public bool IsAt(IFile file, string path) => inner.IsAt(((SlowFile)file).Inner, path);

        public string? FaultOfPermissions(string path) => inner.FaultOfPermissions(path);

        private void Wait()
        {
            if (!_free.IsSet)
            {
                _reached.TrySetResult();
                _free.Wait();
            }
        }

        private sealed class SlowFile(SlowDisk disk, IFile file, bool slow) : IFile
        {
            public IFile Inner => file;

            public long Length => file.Length;

            public int Read(Span<byte> buffer, long offset) => file.Read(buffer, offset);

            public void Write(ReadOnlySpan<byte> bytes, long offset) => file.Write(bytes, offset);

            public void Truncate(long length) => file.Truncate(length);

            public void Sync()
            {
                if (slow)
                {
                    disk.Wait();
                }

                file.Sync();
            }

            public void Dispose() => file.Dispose();
        }
    }
}
