using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Audit.Tests;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.OpenTelemetry;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>Requests in the JSON form of the OpenTelemetry protocol, against a collector that judges each
/// record.</summary>
public sealed class OtlpTests
{
    private static readonly OtlpOptions Options = new()
    {
        Name = "otel",
        Outlet = new HttpOutlet { Url = new Uri("http://collector.test:4318") },
    };

    [Fact]
    public async Task Every_kind_of_record_is_a_log_record_of_the_protocol_with_the_record_itself_in_it()
    {
        using var collector = new Collector();
        await using OtlpDestination destination = Destination(collector);
        IReadOnlyList<OutgoingRecord> batch = await BatchAsync(destination);
        DeliveryReport report = await destination.DeliverAsync(batch, CancellationToken.None);

        Assert.All(report.Fates, fate => Assert.Equal(Fate.Delivered, fate.Fate));
        Assert.Equal(batch.Count, collector.Records.Count);
        foreach ((JsonObject? record, OutgoingRecord? sent) in collector.Records.Zip(batch))
        {
            var attributes = record["attributes"]!.AsArray()
                .ToDictionary(attribute => (string)attribute!["key"]!, attribute => attribute!["value"]!);
            Assert.Equal(sent.Id, (string?)attributes["log.record.uid"]["stringValue"]);
            Assert.Equal(System.Text.Encoding.UTF8.GetString(sent.Entry.Json.Span),
                (string?)attributes["event.original"]["stringValue"]);
            Assert.Equal(sent.Entry.Sequence.ToString(System.Globalization.CultureInfo.InvariantCulture),
                (string?)attributes["event.sequence"]["intValue"]);
            Assert.Equal("bastion." + sent.Entry.Kind, (string?)record["eventName"]);
            DateTimeOffset written = DateTimeOffset.UnixEpoch.AddTicks(
                long.Parse((string)record["timeUnixNano"]!, System.Globalization.CultureInfo.InvariantCulture) / 100);
            Assert.Equal(sent.Entry.At, written);
            Assert.NotEqual("", (string?)record["body"]!["stringValue"]);
        }
    }

    [Fact]
    public async Task Records_that_the_collector_rejects_are_found_by_halving_and_set_aside_and_all_others_arrive()
    {
        using var collector = new Collector
        {
            Rejects = record => record.ToJsonString().Contains(SampleRecords.Unmappable, StringComparison.Ordinal),
        };
        await using OtlpDestination destination = Destination(collector);
        SimulatedDisk disk = await SampleRecords.JournalAsync(
            Enumerable.Range(0, 40).Select(Audit.Records.AuditRecord (index) =>
                SampleRecords.Command(index is 7 or 8 or 31 ? SampleRecords.Unmappable : $"{index}")));
        long size = new JournalReader(SampleRecords.Directory, disk).Size();
        var time = new EagerTime();
        var store = new ShippingStore(SampleRecords.Directory, "otel", disk);
        using var stop = new CancellationTokenSource();
        var monitor = new ShippingMonitor("otel", store, time);
        var shipper = new Shipper(
            Options, destination, new JournalFeed(SampleRecords.Directory, SampleRecords.Origin, () => size, disk),
            store, new Backoff(time), monitor, time);
        Task running = shipper.RunAsync(stop.Token);
        await ShippingWorld.UntilAsync(() => monitor.Position == size, () => monitor.State.ToString());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);

        Assert.Equal(3, store.Parked().Count);
        Assert.Equal(size - 3, collector.Ids.Count);
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable)]
    [InlineData(HttpStatusCode.TooManyRequests)]
    [InlineData(HttpStatusCode.Unauthorized)]
    [InlineData(HttpStatusCode.NotFound)]
    public async Task What_is_the_fault_of_the_collector_is_tried_again(HttpStatusCode status)
    {
        using var collector = new Collector { Status = status };
        await using OtlpDestination destination = Destination(collector);
        DeliveryReport report = await destination.DeliverAsync(await BatchAsync(destination), CancellationToken.None);
        Assert.All(report.Fates, fate => Assert.Equal(Fate.Retry, fate.Fate));
        Assert.Equal(TimeSpan.FromSeconds(3), report.NotBefore);
    }

    private static OtlpDestination Destination(Collector collector) =>
        new(Options, SampleRecords.Origin, new HttpClient(collector, disposeHandler: false)
        {
            BaseAddress = Options.Outlet.Url,
        });

    private static async Task<IReadOnlyList<OutgoingRecord>> BatchAsync(OtlpDestination destination)
    {
        SimulatedDisk disk = await SampleRecords.JournalAsync(SampleRecords.All);
        return
        [
            .. new JournalReader(SampleRecords.Directory, disk).Read().Select(entry =>
            {
                string id = RecordId.Of(SampleRecords.Origin, entry);
                return new OutgoingRecord(id, entry, destination.Encode(entry, id));
            }),
        ];
    }

    private sealed class Collector : HttpMessageHandler
    {
        public List<JsonObject> Records { get; } = [];

        public HashSet<string> Ids { get; } = [];

        public Func<JsonObject, bool> Rejects { get; init; } = _ => false;

        public HttpStatusCode Status { get; init; } = HttpStatusCode.OK;

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request,
            CancellationToken cancellationToken)
        {
            Assert.Equal("http://collector.test:4318/v1/logs", request.RequestUri!.AbsoluteUri);
            Assert.Equal("application/json", request.Content!.Headers.ContentType!.ToString());
            using var gzip =
                new GZipStream(await request.Content.ReadAsStreamAsync(cancellationToken), CompressionMode.Decompress);
            JsonNode? body = await JsonNode.ParseAsync(gzip, cancellationToken: cancellationToken);
            JsonNode resource = Assert.Single(body!["resourceLogs"]!.AsArray())!;
            Assert.Equal("bastion", (string?)resource["resource"]!["attributes"]![0]!["value"]!["stringValue"]);
            int rejected = 0;
            foreach (JsonObject? record in Assert.Single(resource["scopeLogs"]!.AsArray())!["logRecords"]!.AsArray()
                .Select(record => record!.AsObject()))
            {
                if (Rejects(record))
                {
                    rejected++;
                    continue;
                }

                Records.Add(record);
                Ids.Add((string)record["attributes"]![0]!["value"]!["stringValue"]!);
            }

            var answer = new HttpResponseMessage(Status)
            {
                Content = new StringContent(rejected == 0
                    ? "{}"
                    : $$"""{"partialSuccess":{"errorMessage":"too odd","rejectedLogRecords":"{{rejected}}"} }"""),
            };
            answer.Headers.RetryAfter = new System.Net.Http.Headers.RetryConditionHeaderValue(TimeSpan.FromSeconds(3));
            return answer;
        }
    }
}
