using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Server.Hosting;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>A journal on disk that is written, and shippers that run beside it.</summary>
internal sealed class ShippingWorld : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task> _running = [];

    private ShippingWorld(string root, Journal journal, ShippingFleet fleet)
    {
        Root = root;
        Journal = journal;
        Fleet = fleet;
    }

    public string Root { get; }

    public Journal Journal { get; }

    public ShippingFleet Fleet { get; }

    public JournalReader Reader => new(Root);

    public static async Task<ShippingWorld> StartAsync(string root, params DestinationOptions[] destinations)
    {
        Journal journal = await Journal.OpenAsync(root, new JournalOptions
        {
            Signer = Ed25519NoteSigner.Generate(SampleRecords.Origin),
        });
        var options = new BastionOptions
        {
            DataDirectory = root,
            PolicyDirectory = "",
            JournalName = SampleRecords.Origin,
            Shipping = destinations,
        };
        var world =
            new ShippingWorld(root, journal, ShippingFleet.Create(options, () => journal.Size, TimeProvider.System));
        world._running.AddRange(
            world.Fleet.Lanes.Select(lane => Task.Run(() => lane.Shipper.RunAsync(world._stop.Token))));
        return world;
    }

    public Task AppendAsync(IEnumerable<AuditRecord> records) =>
        Task.WhenAll(records.Select(record => Journal.AppendAsync(record)));

    public ShippingMonitor Monitor(string name) => Fleet.Lanes.Single(lane => lane.Options.Name == name).Monitor;

    public Task ShippedAsync(string name) => UntilAsync(() => Monitor(name).Position == Journal.Size,
        () => $"{Monitor(name).Position} of {Journal.Size}, {Monitor(name).State}");

    public static async Task UntilAsync(Func<bool> happened, Func<string> otherwise)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!happened())
        {
            if (deadline.IsCancellationRequested)
            {
                Assert.Fail($"did not happen in time: {otherwise()}");
            }

            await Task.Delay(Step, CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running)
            .ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        Assert.All(_running, task => Assert.True(task.IsCanceled, task.Exception?.ToString()));
        await Fleet.DisposeAsync();
        await Journal.DisposeAsync();
        _stop.Dispose();
    }
}
