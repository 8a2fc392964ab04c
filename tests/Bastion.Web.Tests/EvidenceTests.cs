using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings;
using Bastion.Control.Sessions;
using Bastion.Control.Tests;

namespace Bastion.Web.Tests;

/// <summary>What people take away to prove later what happened, and the log that they hold it against.</summary>
public sealed class EvidenceTests
{
    [Fact]
    public async Task Who_decided_takes_the_receipt_of_it_and_a_stranger_does_not()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        HeldCommand held = await world.HoldAsync(session);
        string bob = await world.TokenAsync("bob");
        using HttpResponseMessage approved = await world.SendAsync(
            HttpMethod.Post, $"/api/requests/{held.Request.Id}/approve", bob, new { code = world.NextCodeOf("bob") });
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);

        using HttpResponseMessage answer =
            await world.SendAsync(HttpMethod.Get, $"/api/requests/{held.Request.Id}/receipt", bob);

        Assert.True(
            Receipt.TryParseAll(await answer.Content.ReadAsStringAsync(), out IReadOnlyList<Receipt>? receipts));
        Assert.Equal(
            ["approval.requested", "command.decided", "approval.approved"],
            receipts.Select(receipt => receipt.Entry()!.Kind).Take(3));
        Assert.All(receipts, receipt => Assert.Null(receipt.Fault(KeyOf(world))));
        Assert.Equal("receipt", world.Records("audit.viewed")[^1].Text("what"));
        using HttpResponseMessage strangers = await world.SendAsync(
            HttpMethod.Get, $"/api/requests/{held.Request.Id}/receipt", await world.TokenAsync("erin"));
        Assert.Equal(HttpStatusCode.NotFound, strangers.StatusCode);
    }

    [Fact]
    public async Task Everybody_takes_the_receipts_of_their_own_sessions_and_auditors_those_of_all()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await EndedSessionAsync(world);

        using HttpResponseMessage own = await world.SendAsync(HttpMethod.Get, $"/api/sessions/{session.Id}/receipts",
            await world.TokenAsync("alice"));
        Assert.True(Receipt.TryParseAll(await own.Content.ReadAsStringAsync(), out IReadOnlyList<Receipt>? receipts));
        Assert.Equal(["session.started", "command.decided"], receipts.Select(receipt => receipt.Entry()!.Kind).Take(2));
        Assert.Equal("session.ended", receipts[^1].Entry()!.Kind);
        using HttpResponseMessage auditors = await world.SendAsync(HttpMethod.Get,
            $"/api/sessions/{session.Id}/receipts", await world.TokenAsync("carol"));
        Assert.Equal(HttpStatusCode.OK, auditors.StatusCode);
        using HttpResponseMessage bobs = await world.SendAsync(HttpMethod.Get, $"/api/sessions/{session.Id}/receipts",
            await world.TokenAsync("bob"));
        Assert.Equal(HttpStatusCode.NotFound, bobs.StatusCode);
    }

    [Fact]
    public async Task An_export_holds_records_receipts_film_and_the_sealed_files_and_is_recorded()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await EndedSessionAsync(world);

        using HttpResponseMessage answer = await world.SendAsync(HttpMethod.Get, $"/api/sessions/{session.Id}/export",
            await world.TokenAsync("carol"));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        using var zip = new ZipArchive(new MemoryStream(await answer.Content.ReadAsByteArrayAsync()));
        Assert.Equal(
            [
                "README.txt", "channel-0.cast", "checkpoint", "key", "receipts.tlog-proof", "records.jsonl",
                "sealed/channel-0.part-001.cast.enc", "sealed/key",
            ],
            zip.Entries.Select(entry => entry.FullName).Order(StringComparer.Ordinal));
        Assert.Contains("hello", Text(zip, "channel-0.cast"), StringComparison.Ordinal);
        Assert.All(Text(zip, "records.jsonl").TrimEnd().Split('\n'),
            line => Assert.Contains(session.Id, line, StringComparison.Ordinal));
        Assert.True(Receipt.TryParseAll(Text(zip, "receipts.tlog-proof"), out _));
        Assert.Equal("export", world.Records("audit.viewed")[^1].Text("what"));
    }

    [Fact]
    public async Task Hashes_are_open_to_everybody_and_records_to_auditors_alone()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        await EndedSessionAsync(world);
        await world.Gateway.Journal.CheckpointAsync();
        Assert.True(
            Checkpoint.TryParse(await world.Http.GetStringAsync("/log/checkpoint"), out Checkpoint? checkpoint));
        byte[] tile = await world.Http.GetByteArrayAsync($"/log/tile/0/000.p/{checkpoint.Size}");
        Assert.Equal(32 * checkpoint.Size, tile.Length);

        string entries = $"/log/tile/entries/000.p/{checkpoint.Size}";
        using HttpResponseMessage anonymous = await world.Http.GetAsync(entries);
        Assert.Equal(HttpStatusCode.Unauthorized, anonymous.StatusCode);
        using HttpResponseMessage alices =
            await world.SendAsync(HttpMethod.Get, entries, await world.TokenAsync("alice"));
        Assert.Equal(HttpStatusCode.Forbidden, alices.StatusCode);
        using HttpResponseMessage carols =
            await world.SendAsync(HttpMethod.Get, entries, await world.TokenAsync("carol"));
        Assert.Contains("session.started", Encoding.UTF8.GetString(await carols.Content.ReadAsByteArrayAsync()),
            StringComparison.Ordinal);
        foreach (string? path in new[] { "Entries/000.p/1", "%65ntries/000.p/1", "./entries/000.p/1", "..%2fkey",
            "9/000" })
        {
            using HttpResponseMessage answer = await world.Http.GetAsync("/log/tile/" + path);
            Assert.True(
                answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Unauthorized,
                $"{path} answered {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task The_python_verifier_follows_the_served_log_and_finds_a_receipt_of_another()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await EndedSessionAsync(world);
        for (int index = 0; index < 600; index++)
        {
            await world.Gateway.Evidence.TryRecordAsync(new Audit.Records.GatewayStopped { Reason = "filling tiles" });
        }

        SessionSummary? summary = await world.Gateway.Sessions.FindSummaryAsync(session.Id, CancellationToken.None);
        string receipts = await world.Gateway.Receipts.OfSessionAsync(summary!, CancellationToken.None);
        string file = Path.Combine(world.Gateway.Data.Root, "receipts.tlog-proof");
        await File.WriteAllTextAsync(file, receipts);
        string token = await world.TokenAsync("carol");
        (int code, string? output) = await VerifyAsync(world, "--receipt", file, "--token", token);
        Assert.True(code == 0, output);
        Assert.Contains("served and read", output, StringComparison.Ordinal);

        Assert.True(Receipt.TryParseAll(receipts, out IReadOnlyList<Receipt>? parsed));
        await using ApiWorld other = await ApiWorld.StartAsync();
        (code, output) = await VerifyAsync(other, "--key", KeyOf(world).ToString(), "--receipt", file);
        Assert.Equal(1, code);
        Assert.Contains("not signed by", output, StringComparison.Ordinal);
        Assert.Contains($"over {parsed[0].Checkpoint.Size} records", output, StringComparison.Ordinal);
    }

    private static async Task<(int Code, string Output)> VerifyAsync(ApiWorld world, params string[] arguments)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])
            [
                Path.Combine(AppContext.BaseDirectory, "verify_journal.py"), "--log",
                $"http://{world.Host.WebEndPoint}/log",
                "--key", KeyOf(world).ToString(), .. arguments,
            ])
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await errors);
    }

    private static NoteVerifierKey KeyOf(ApiWorld world) => world.Gateway.JournalReader.PublishedKey()!;

    private static async Task<Session> EndedSessionAsync(ApiWorld world)
    {
        Session session = await world.SessionAsync();
        await world.AskAsync(session, "uptime");
        using (var recordings =
            new SessionRecordings(world.Gateway.Journal, world.Gateway.RecordingOptions, session.Id))
        await using (RecordingWriter recording = recordings.Start(new RecordingHeader(session.Id, 0, 80, 24)))
        {
            await recording.OutputAsync(Encoding.UTF8.GetBytes("hello\r\n"));
        }

        await world.Gateway.Sessions.EndAsync(session, SessionEndKind.Closed, "the client left");
        return session;
    }

    private static string Text(ZipArchive zip, string name)
    {
        using var reader = new StreamReader(zip.GetEntry(name)!.Open());
        return reader.ReadToEnd();
    }
}
