using System.Net;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Verification;
using Bastion.Server.Hosting;
using Bastion.Followers.Shipping;
using Bastion.Followers.Tests.Shipping;
using Bastion.Followers.Witnesses;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;

namespace Bastion.Followers.Tests.Witnesses;

/// <summary>The log's side of witnessing, with a witness that works and with ones that lie.</summary>
public sealed class WitnessTests : IAsyncLifetime
{
    private readonly string _root = Directory.CreateTempSubdirectory("bastion-witness-").FullName;
    private readonly Ed25519NoteSigner _log = Ed25519NoteSigner.Generate("bastion");
    private readonly Ed25519NoteSigner _key = Ed25519NoteSigner.Generate("w1.test", NoteKeyType.Cosignature);
    private Journal _journal = null!;

    public async Task InitializeAsync()
    {
        _journal = await Journal.OpenAsync(_root, new JournalOptions { Signer = _log });
        await _journal.AppendAsync(SampleRecords.Command("ls"));
        await _journal.CheckpointAsync();
    }

    public async Task DisposeAsync()
    {
        await _journal.DisposeAsync();
        Directory.Delete(_root, recursive: true);
    }

    [Fact]
    public async Task A_head_and_the_receipts_under_it_carry_the_cosignature()
    {
        await using WitnessHost host = await WitnessHost.StartAsync(
            new WitnessHostOptions
            {
                Signer = _key,
                Logs = [_log.VerifierKey],
                Directory = Path.Combine(_root, "witness"),
                Listen = new IPEndPoint(IPAddress.Loopback, 0),
            },
            TimeProvider.System, _ => { }, CancellationToken.None);
        using WitnessFleet fleet = Fleet(host.Url);
        using var stop = new CancellationTokenSource();
        Task running = fleet.Lanes[0].RunAsync(_ => Task.CompletedTask, stop.Token);

        for (int round = 0; round < 3; round++)
        {
            JournalPosition position = await _journal.AppendAsync(SampleRecords.Command($"round {round}"));
            await _journal.CheckpointAsync();
            Checkpoint head = (await fleet.HeadAsync(CancellationToken.None))!;
            Assert.NotNull(Cosignature.CosignedAt(head, _key.VerifierKey));
            Receipt receipt = _journal.Tiles.ReceiptFor(position.Sequence, head);
            Assert.True(Receipt.TryParse(receipt.ToString(), out Receipt? read));
            Assert.Null(read.Fault(_log.VerifierKey));
            Assert.Null(ReceiptVerifier.CheckCosigned(read.Checkpoint, _key.VerifierKey, "receipt"));
            var other = Ed25519NoteSigner.Generate("w1.test", NoteKeyType.Cosignature);
            Assert.NotNull(ReceiptVerifier.CheckCosigned(read.Checkpoint, other.VerifierKey, "receipt"));
        }

        Assert.Null(fleet.WhyNot());
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    [Theory]
    [InlineData(200, "", false, "no cosignature")]
    [InlineData(200, "nonsense\n", false, "no cosignature")]
    [InlineData(200, "OTHER", false, "no cosignature")]
    [InlineData(409, "999999\n", true, "cut or rolled back")]
    [InlineData(409, "HEAD", true, "forked")]
    [InlineData(409, "nonsense", false, "other records")]
    [InlineData(409, "-1\n", false, "other records")]
    [InlineData(422, "", true, "changed or forked")]
    [InlineData(404, "", false, "watches no journal")]
    [InlineData(403, "", true, "another public key")]
    [InlineData(500, "", false, "status 500")]
    [InlineData(302, "", false, "status 302")]
    public async Task What_a_witness_answers_is_believed_as_far_as_it_proves(int status, string body, bool refused,
    string reason)
    {
        Checkpoint head = _journal.LatestCheckpoint!;
        string said = body switch
        {
            "HEAD" => $"{head.Size}\n",
            "OTHER" => Cosignature.Sign(head, Ed25519NoteSigner.Generate("w1.test", NoteKeyType.Cosignature),
                TimeProvider.System.GetUtcNow()) + "\n",
            _ => body,
        };
        await using WebApplication liar = await ServeAsync(status, said);
        using var client = new WitnessClient(Options(new Uri(liar.Urls.Single())));
        WitnessReply reply = await client.AskAsync(head, 0, _journal.Tiles, CancellationToken.None);
        Assert.Null(reply.Cosigned);
        Assert.Equal(refused, reply.Refused);
        Assert.Contains(reason, reply.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_without_end_is_cut_off()
    {
        await using WebApplication liar = await ServeAsync(200, new string('x', 1024 * 1024));
        using var client = new WitnessClient(Options(new Uri(liar.Urls.Single())));
        await Assert.ThrowsAsync<HttpRequestException>(() =>
            client.AskAsync(_journal.LatestCheckpoint!, 0, _journal.Tiles, CancellationToken.None));
    }

    private WitnessFleet Fleet(Uri url) => WitnessFleet.Create(
        new BastionOptions
        {
            DataDirectory = _root,
            PolicyDirectory = "",
            Witnesses = [Options(url)],
        }, TimeProvider.System);

    private WitnessOptions Options(Uri url) => new()
    {
        Name = "w1",
        Outlet = new HttpOutlet { Url = url },
        Key = _key.VerifierKey,
    };

    private static async Task<WebApplication> ServeAsync(int status, string body)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        WebApplication app = builder.Build();
        app.Urls.Add("http://127.0.0.1:0");
        app.Run(async http =>
        {
            http.Response.StatusCode = status;
            await http.Response.BodyWriter.WriteAsync(Encoding.UTF8.GetBytes(body));
        });
        await app.StartAsync();
        return app;
    }
}
