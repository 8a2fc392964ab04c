using System.IO.Compression;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Followers.Receipts;
using Microsoft.AspNetCore.Http.Features;

namespace Bastion.Web;

/// <summary>Evidence of a session to take away: receipts for the person herself, everything for an auditor.</summary>
internal static class EvidenceRoutes
{
    private const string Explanation =
        """
        Evidence of one session, exported from a Bastion gateway.

        records.jsonl         every record of the session, as it stands in the journal
        receipts.tlog-proof   the records of what was done, each with its proof under a signed checkpoint (c2sp.org/tlog-proof)
        checkpoint            the journal's head at the time of the export (c2sp.org/tlog-checkpoint)
        key                   the public key that signed it; compare it with the one you noted down
        channel-N.cast        the recording of a channel, unlocked (asciicast v3); missing when it could not be unlocked
        sealed/               the recording as it lies on disk, with its wrapped key: its digests are in records.jsonl

            bastion audit verify receipts.tlog-proof --key KEY --log https://GATEWAY/log

        """;

    public static void MapEvidenceRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/sessions").WithTags("sessions");
        group.MapGet("/{id}/receipts", ReceiptsAsync).Produces<string>(200, "text/plain").ProducesProblem(404);
        group.MapGet("/{id}/export", ExportAsync)
            .RequireRight(ConsoleRights.AuditRead | ConsoleRights.RecordingsRead | ConsoleRights.SecretsRead)
            .Produces(200, contentType: "application/zip").ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> ReceiptsAsync(
        string id, HttpContext http, SessionRegistry sessions, PolicyHolder policies, ReceiptDesk receipts,
        EvidenceLog evidence,
        CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        if (await sessions.FindSummaryAsync(id, cancellationToken) is not { } session
            || (session.Principal != caller.Name
            && !policies.Current.ConsoleRightsOf(caller).HasFlag(ConsoleRights.AuditRead | ConsoleRights.SecretsRead)))
        {
            return Problem.NotFound("session");
        }

        await RecordLookAsync(http, evidence, "receipt", id);
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{session.Id}.tlog-proof\"";
        return TypedResults.Text(await receipts.OfSessionAsync(session, cancellationToken),
            "text/plain; charset=utf-8");
    }

    private static async Task<IResult> ExportAsync(
        string id, HttpContext http, SessionRegistry sessions, ReceiptDesk receipts, Journal journal,
        JournalReader reader,
        RecordingReader recordings, EvidenceLog evidence, CancellationToken cancellationToken)
    {
        if (await sessions.FindSummaryAsync(id, cancellationToken) is not { } session)
        {
            return Problem.NotFound("session");
        }

        await RecordLookAsync(http, evidence, "export", id);
        string proof = await receipts.OfSessionAsync(session, cancellationToken);
        http.Response.Headers.CacheControl = "no-store";
        // ZipArchive writes an entry's few bytes of head and end synchronously, whatever it is asked. An export is
        // rare, and the alternative, a file to build it in, would leave unlocked text on the disk.
        http.Features.GetRequiredFeature<IHttpBodyControlFeature>().AllowSynchronousIO = true;
        return TypedResults.Stream(
            async body =>
            {
                await using ZipArchive zip = await ZipArchive.CreateAsync(
                    body, ZipArchiveMode.Create, leaveOpen: true, Encoding.UTF8, cancellationToken);
                await AddAsync(zip, "README.txt",
                    output => output.WriteAsync(Encoding.UTF8.GetBytes(Explanation), cancellationToken));
                await AddAsync(zip, "records.jsonl", output =>
                    WriteRecordsAsync(output, receipts.RecordsOf(session, cancellationToken), cancellationToken));
                await AddAsync(zip, "receipts.tlog-proof",
                    output => output.WriteAsync(Encoding.UTF8.GetBytes(proof), cancellationToken));
                await AddAsync(zip, "checkpoint",
                    output => output.WriteAsync(journal.Tiles.Read("checkpoint") ?? [], cancellationToken));
                await AddAsync(zip, "key", output =>
                    output.WriteAsync(Encoding.UTF8.GetBytes($"{reader.PublishedKey()}\n"), cancellationToken));
                await AddRecordingsAsync(zip, recordings, session.Id, cancellationToken);
            },
            "application/zip", $"{session.Id}.zip");
    }

    private static async Task AddRecordingsAsync(
        ZipArchive zip, RecordingReader recordings, string session, CancellationToken cancellationToken)
    {
        if (recordings.WhyLocked(session) is null)
        {
            foreach (int channel in recordings.Channels(session))
            {
                await AddAsync(zip, $"channel-{channel}.cast", async output =>
                    await recordings.WriteAsciicastAsync(session, channel, output, cancellationToken));
            }
        }

        foreach (string name in recordings.Files(session))
        {
            await AddAsync(zip, $"sealed/{name}",
                async output => await recordings.CopyFileAsync(session, name, output, cancellationToken));
        }
    }

    private static async ValueTask WriteRecordsAsync(Stream output, IEnumerable<JournalEntry> records,
        CancellationToken cancellationToken)
    {
        foreach (JournalEntry record in records)
        {
            await output.WriteAsync(record.Json, cancellationToken);
            await output.WriteAsync("\n"u8.ToArray(), cancellationToken);
        }
    }

    private static async Task AddAsync(ZipArchive zip, string name, Func<Stream, ValueTask> write)
    {
        await using Stream entry = await zip.CreateEntry(name, CompressionLevel.Fastest).OpenAsync();
        await write(entry);
    }

    private static async ValueTask RecordLookAsync(HttpContext http, EvidenceLog evidence, string what,
        string session) =>
        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = Caller.Of(http.User).Name,
            What = what,
            ViewedSession = session,
            Source = Caller.AddressOf(http),
        });
}
