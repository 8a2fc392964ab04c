using Bastion.Audit;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;
using Bastion.Audit.Tests;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.Elasticsearch;
using FsCheck.Xunit;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>
/// Whatever happens on the way and to the gateway, every record arrives, once under its id, or is set aside; and the
/// position never stands beyond what did.
/// </summary>
public sealed class ShippingFaultTests
{
    private const int Records = 50;

    /// <summary>More runs than any script needs; a shipper that makes no progress fails the test instead of hanging
    /// it.</summary>
    private const int MaximumRuns = 400;

    private static readonly Task<SimulatedDisk> Journal = SampleRecords.JournalAsync(
        Enumerable.Range(0, Records).Select(AuditRecord (index) =>
            SampleRecords.Command(index % 9 == 4 ? SampleRecords.Unmappable : $"command {index}\n{{}}")),
        new Bastion.Tests.ManualTime(), segmentBytes: 8 * 1024);

    [Property(MaxTest = 60)]
    public async Task Every_record_arrives_whatever_fails_and_the_position_is_never_ahead(Fault[] script, byte[] kills,
    ulong seed)
    {
        using var world = new World((await Journal).Clone(), script ?? [], kills ?? [], seed);
        int runs = 0;
        while (!await world.RunAsync())
        {
            Assert.True(++runs < MaximumRuns, "no progress");
        }

        world.AssertComplete();
    }

    [Fact]
    public async Task A_journal_that_was_put_back_is_not_shipped_over_the_one_that_was()
    {
        SimulatedDisk disk = (await Journal).Clone();
        using var world = new World(disk, [], [], 1);
        Assert.True(await world.RunAsync());

        world.DurableSize = 20;
        await Assert.ThrowsAsync<ShippingRefusedException>(world.RunAsync);

        SimulatedDisk other = await SampleRecords.JournalAsync(
            Enumerable.Range(0, Records).Select(AuditRecord (index) => SampleRecords.Command($"other {index}")));
        other.CreateDirectory("/data/shipping/siem");
        using (IFile file = other.Create("/data/shipping/siem/checkpoint"))
        {
            file.Write(world.Disk.Bytes("/data/shipping/siem/checkpoint"), 0);
        }

        using var rewritten = new World(other, [], [], 1);
        await Assert.ThrowsAsync<ShippingRefusedException>(rewritten.RunAsync);
    }

    [Fact]
    public async Task What_was_set_aside_is_sent_again_under_its_id_and_what_is_refused_again_stays()
    {
        using var world = new World((await Journal).Clone(), [], [], 1);
        Assert.True(await world.RunAsync());
        var store = new ShippingStore(SampleRecords.Directory, "siem", world.Disk);
        IReadOnlyList<DeadLetter> parked = store.Parked();
        Assert.NotEmpty(parked);

        Assert.Equal(new ResentLetters(0, parked.Count, 0), await world.ResendAsync());
        Assert.Equal(parked.Select(letter => letter.Id), store.Parked().Select(letter => letter.Id));
        world.MendMapping();
        Assert.Equal(new ResentLetters(parked.Count, 0, 0), await world.ResendAsync());
        Assert.Empty(store.Parked());
        Assert.Superset(parked.Select(letter => letter.Id).ToHashSet(), world.Ids());
        // Nothing is left, and asking is no harm.
        Assert.Equal(new ResentLetters(0, 0, 0), await world.ResendAsync());
        // A crash before the letters were rewritten: the same again, found there.
        store.Park([parked[0]]);
        Assert.Equal(new ResentLetters(1, 0, 0), await world.ResendAsync());
        Assert.Equal(world.Ids().Count, (int)world.DurableSize);
    }

    [Fact]
    public void What_a_power_cut_left_of_a_line_of_dead_letters_hides_no_other()
    {
        var disk = new SimulatedDisk();
        var store = new ShippingStore(SampleRecords.Directory, "siem", disk);
        store.Park([new DeadLetter("a", 1, default, "no"), new DeadLetter("b", 2, default, "no")]);
        byte[] bytes = disk.Bytes(store.DeadLetterFile);
        Array.Clear(bytes, bytes.Length / 2, 20);
        disk.Overwrite(store.DeadLetterFile, bytes[..^5]);
        store.Park([new DeadLetter("b", 2, default, "no"), new DeadLetter("c", 3, default, "no")]);
        Assert.Equal([1, 2, 3], store.Parked().Select(letter => letter.Sequence));
    }

    [Fact]
    public void Waits_grow_to_a_minute_and_differ_and_what_was_asked_for_is_kept()
    {
        var low = new Backoff(TimeProvider.System, () => 0);
        var high = new Backoff(TimeProvider.System, () => 0.999);
        Assert.Equal(250, low.Delay(1, null).TotalMilliseconds);
        Assert.InRange(high.Delay(1, null).TotalMilliseconds, 450, 500);
        Assert.Equal(30, low.Delay(40, null).TotalSeconds);
        Assert.InRange(high.Delay(40, null).TotalSeconds, 59, 60);
        Assert.Equal(7, low.Delay(1, TimeSpan.FromSeconds(7)).TotalSeconds);
        Assert.Equal(60, low.Delay(1, TimeSpan.FromDays(1)).TotalSeconds);
    }

    private sealed class World : IShippingObserver, IDisposable
    {
        private static readonly ElasticsearchOptions Options = new()
        {
            Name = "siem",
            Outlet = new HttpOutlet { Url = new Uri("http://elastic.test:9200") },
            MaximumRecords = 7,
            MaximumBytes = 16 * 1024,
        };

        private readonly Queue<Fault> _script;
        private readonly Queue<byte> _kills;
        private readonly Choices _choices;
        private readonly FakeElasticsearch _elastic;
        private CancellationTokenSource _stop = new();

        public World(SimulatedDisk disk, Fault[] script, byte[] kills, ulong seed)
        {
            Disk = disk;
            _script = new Queue<Fault>(script);
            _kills = new Queue<byte>(kills);
            _choices = new Choices(seed);
            DurableSize = new JournalReader(SampleRecords.Directory, disk).Size();
            _elastic = new FakeElasticsearch
            {
                NextFault = () => _script.TryDequeue(out Fault fault) ? fault : Fault.None,
            };
            _elastic.BeforeBulk = AssertNotAhead;
        }

        public SimulatedDisk Disk { get; private set; }

        public long DurableSize { get; set; }

        /// <summary>One life of the shipper; true when it came to the end of the journal.</summary>
        public async Task<bool> RunAsync()
        {
            _stop.Dispose();
            _stop = new CancellationTokenSource();
            if (_kills.TryDequeue(out byte kill))
            {
                Disk.CutAt = Disk.Operations + 1 + (kill % 40);
            }

            var time = new EagerTime();
            var feed = new JournalFeed(SampleRecords.Directory, SampleRecords.Origin, () => DurableSize, Disk);
            await using var destination = new ElasticsearchDestination(Options, SampleRecords.Origin, Client());
            var shipper = new Shipper(
                Options, destination, feed, new ShippingStore(SampleRecords.Directory, Options.Name, Disk),
                new Backoff(time, () => 0.5), this, time);
            try
            {
                await shipper.RunAsync(_stop.Token);
                return false;
            }
            catch (OperationCanceledException)
            {
                return true;
            }
            catch (PowerCutException)
            {
                Disk = Disk.AfterPowerCut(_choices);
                AssertNotAhead();
                return false;
            }
        }

        /// <summary>A life of the shipper that is asked, before anything else, to send again what was set
        /// aside.</summary>
        public async Task<ResentLetters> ResendAsync()
        {
            var time = new EagerTime();
            var feed = new JournalFeed(SampleRecords.Directory, SampleRecords.Origin, () => DurableSize, Disk);
            await using var destination = new ElasticsearchDestination(Options, SampleRecords.Origin, Client());
            var shipper = new Shipper(
                Options, destination, feed, new ShippingStore(SampleRecords.Directory, Options.Name, Disk),
                new Backoff(time, () => 0.5), this, time);
            Task<ResentLetters> resent = shipper.ResendParkedAsync();
            _stop.Dispose();
            _stop = new CancellationTokenSource();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => shipper.RunAsync(_stop.Token));
            return await resent;
        }

        public void MendMapping() => _elastic.TakesAll = true;

        public HashSet<string> Ids() => [.. _elastic.Documents.Select(document => (string)document["event"]!["id"]!)];

        public void AssertComplete()
        {
            Assert.Equal("", string.Join('\n', _elastic.Violations));
            var arrived = _elastic.Documents.ToDictionary(document => (string)document["event"]!["id"]!);
            Assert.Equal(arrived.Count, _elastic.Indices.Values.Sum(index => index.Count));
            var parked = new ShippingStore(SampleRecords.Directory, Options.Name, Disk).Parked()
                .Select(letter => letter.Id).ToHashSet();
            foreach (JournalEntry entry in new JournalReader(SampleRecords.Directory, Disk).Read())
            {
                string id = RecordId.Of(SampleRecords.Origin, entry);
                bool refused = entry.Text("command") == SampleRecords.Unmappable;
                Assert.Equal((refused, !refused), (parked.Contains(id), arrived.ContainsKey(id)));
            }

            Assert.Equal(DurableSize, new ShippingStore(SampleRecords.Directory, Options.Name, Disk).Load()!.Next);
            Assert.True(_elastic.Indices.Count > 1, "the records are of several days");
        }

        public void Dispose()
        {
            _stop.Dispose();
            _elastic.Dispose();
        }

        public void CaughtUp(long position) => _stop.Cancel();

        public void Pending(long position, DateTimeOffset oldest)
        {
        }

        public void Delivered(int records)
        {
        }

        public void Succeeded(long position)
        {
        }

        public void Failed(long position, string reason) => Assert.NotEqual("", reason);

        public void Parked(long position, IReadOnlyList<DeadLetter> letters)
        {
        }

        private HttpClient Client() => new(_elastic, disposeHandler: false)
        {
            BaseAddress = new Uri("http://elastic.test:9200/"),
        };

        private void AssertNotAhead()
        {
            var store = new ShippingStore(SampleRecords.Directory, Options.Name, Disk);
            long next = store.Load()?.Next ?? 0;
            var there = _elastic.Documents.Select(document => (long)document["event"]!["sequence"]!)
                .Concat(store.Parked().Select(letter => letter.Sequence)).ToHashSet();
            Assert.True(Enumerable.Range(0, (int)next).All(sequence => there.Contains(sequence)),
                $"the position {next} is ahead");
        }
    }
}
