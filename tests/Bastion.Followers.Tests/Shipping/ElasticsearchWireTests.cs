using System.Net;
using System.Runtime.Versioning;
using System.Text.Json.Nodes;
using Bastion.Audit.Records;
using Bastion.Control;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.Elasticsearch;
using Bastion.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>Over real HTTP and TLS: what is on the wire, who is believed, and whether the copy is true.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class ElasticsearchWireTests : IDisposable
{
    private readonly TlsFiles _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public async Task Records_of_every_kind_arrive_over_pinned_tls_with_the_key_and_as_the_wire_demands()
    {
        using var elastic = new FakeElasticsearch { Authorization = "ApiKey c2VjcmV0" };
        await using WebApplication server = await ServeAsync(elastic);
        await using ShippingWorld world = await ShippingWorld.StartAsync(Data(), Options("siem", server));
        await world.AppendAsync(SampleRecords.All);
        await world.ShippedAsync("siem");

        Assert.Equal("", string.Join('\n', elastic.Violations));
        Assert.Equal(world.Journal.Size, elastic.Documents.Count());
        Assert.Equal(IndexTemplate.Version, (int)elastic.Template!["version"]!);
        Assert.Equal(world.Journal.Size, world.Monitor("siem").DeliveredRecords);
    }

    [Fact]
    public async Task A_certificate_of_another_authority_is_not_believed_and_nothing_is_sent()
    {
        using var elastic = new FakeElasticsearch();
        await using WebApplication server = await ServeAsync(elastic);
        using var other = new TlsFiles();
        ElasticsearchOptions options = Options("siem", server);
        await using ShippingWorld world = await ShippingWorld.StartAsync(Data(), options with
        {
            Outlet = options.Outlet with { AuthorityFile = other.AuthorityFile },
        });
        await ShippingWorld.UntilAsync(() => world.Monitor("siem").Failures > 0,
            () => world.Monitor("siem").State.ToString());

        Assert.Equal("failing", world.Monitor("siem").State.State);
        Assert.Equal(0, world.Monitor("siem").Position);
        Assert.Null(elastic.Template);
        Assert.Equal(["shipping-siem"], world.Fleet.Warnings());
    }

    [Fact]
    public async Task A_destination_that_does_not_answer_holds_up_no_other()
    {
        using var well = new FakeElasticsearch();
        using var busy = new FakeElasticsearch { NextFault = () => Fault.Unavailable };
        await using WebApplication first = await ServeAsync(well);
        await using WebApplication second = await ServeAsync(busy);
        await using ShippingWorld world =
            await ShippingWorld.StartAsync(Data(), Options("busy", second), Options("well", first));
        await world.AppendAsync(SampleRecords.All);
        await world.ShippedAsync("well");

        Assert.Equal(0, world.Monitor("busy").Position);
        Assert.StartsWith("503", world.Monitor("busy").State.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_record_that_does_not_map_is_set_aside_and_the_others_arrive()
    {
        using var elastic = new FakeElasticsearch();
        await using WebApplication server = await ServeAsync(elastic);
        await using ShippingWorld world = await ShippingWorld.StartAsync(Data(), Options("siem", server));
        await world.AppendAsync([SampleRecords.Command("ls"), SampleRecords.Command(SampleRecords.Unmappable),
            SampleRecords.Command("id")]);
        await world.ShippedAsync("siem");

        Assert.Equal(world.Journal.Size - 1, elastic.Documents.Count());
        Assert.Equal(1, world.Monitor("siem").ParkedRecords);
        DeadLetter letter =
            Assert.Single(new ShippingStore(world.Root, "siem", Audit.Storage.PhysicalFileSystem.Instance).Parked());
        Assert.StartsWith("400 document_parsing_exception", letter.Reason, StringComparison.Ordinal);
        Assert.Equal(SampleRecords.Unmappable, world.Reader.Read(letter.Sequence).First().Text("command"));
        Assert.Equal(["shipping-siem"], world.Fleet.Warnings());
    }

    [Fact]
    public async Task Comparing_with_the_journal_names_what_is_missing_altered_or_too_much()
    {
        using var elastic = new FakeElasticsearch();
        await using WebApplication server = await ServeAsync(elastic);
        ElasticsearchOptions options = Options("siem", server);
        await using ShippingWorld world = await ShippingWorld.StartAsync(Data(), options);
        await world.AppendAsync(Enumerable.Range(0, 20)
            .Select(AuditRecord (index) => SampleRecords.Command($"command {index}")));
        await world.ShippedAsync("siem");
        Assert.Empty(await CompareAsync(options, world));

        SortedDictionary<string, JsonObject> index = elastic.Indices.Values.Single();
        var ids = index.Keys.ToList();
        index.Remove(ids[3]);
        index[ids[5]]["user"]!["name"] = "mallory";
        index["forged"] = (JsonObject)index[ids[7]].DeepClone();
        IReadOnlyList<IndexDifference> differences = await CompareAsync(options, world);

        Assert.Equal(3, differences.Count);
        Assert.Equal((3, "missing"), (differences[0].Sequence, differences[0].Problem));
        Assert.Equal((5, "altered: user"), (differences[1].Sequence, differences[1].Problem));
        Assert.StartsWith("extra: 1 documents", differences[2].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_that_others_may_read_or_a_missing_file_keeps_the_gateway_from_starting()
    {
        string open = _files.Write("open.key", "secret");
        File.SetUnixFileMode(open, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        foreach ((string? path, string? complaint) in new[] { (open, "chmod 600"),
            (Path.Combine(_files.Root, "none"), "none") })
        {
            var options = new ElasticsearchOptions
            {
                Name = "siem",
                Outlet = new HttpOutlet { Url = new Uri("https://localhost"), ApiKeyFile = path },
            };
            GatewayStartException refused = Assert.Throws<GatewayStartException>(() => ShippingFleet.Create(
                new BastionOptions
                {
                    DataDirectory = _files.Root,
                    PolicyDirectory = "",
                    Shipping = [options],
                }, () => 0, TimeProvider.System));
            Assert.Contains(complaint, refused.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<IReadOnlyList<IndexDifference>> CompareAsync(ElasticsearchOptions options,
        ShippingWorld world)
    {
        using HttpClient http = OutboundHttp.Create(options.Outlet);
        var differences = new List<IndexDifference>();
        await foreach (IndexDifference difference in new IndexComparison(options, SampleRecords.Origin,
            http).CompareAsync(world.Reader.Read(), CancellationToken.None))
        {
            differences.Add(difference);
        }

        return differences;
    }

    private string Data() =>
        Directory.CreateDirectory(Path.Combine(_files.Root, "data"), (UnixFileMode)0b111_000_000).FullName;

    private ElasticsearchOptions Options(string name, WebApplication server) => new()
    {
        Name = name,
        MaximumRecords = 25,
        Outlet = new HttpOutlet
        {
            Url = new Uri(server.Urls.Single()),
            AuthorityFile = _files.AuthorityFile,
            ApiKeyFile = _files.Write("es.key", "c2VjcmV0\n"),
        },
    };

    private async Task<WebApplication> ServeAsync(FakeElasticsearch elastic)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(_files.Certificate)));
        WebApplication app = builder.Build();
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            var headers = http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(),
                StringComparer.OrdinalIgnoreCase);
            (int status, string? text) =
                elastic.Handle(http.Request.Method, http.Request.Path, headers, body.ToArray());
            http.Response.StatusCode = status;
            http.Response.ContentType = "application/json";
            await http.Response.WriteAsync(text);
        });
        await app.StartAsync();
        return app;
    }
}
