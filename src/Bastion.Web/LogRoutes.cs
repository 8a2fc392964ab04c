using Bastion.Audit;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;
using Bastion.Followers.Witnesses;

namespace Bastion.Web;

/// <summary>
/// The journal as a C2SP tiled log (c2sp.org/tlog-tiles), for monitors, witnesses and whoever holds a receipt.
/// Checkpoint and hashes say nothing of what is recorded and are open, so that anybody can hold the gateway to them;
/// the records themselves are for auditors.
/// </summary>
internal static class LogRoutes
{
    private const string Hashes = "application/octet-stream";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapLogRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/log").WithTags("log");
        group.MapMethods("/checkpoint", GetAndHead, CheckpointAsync).AllowAnonymous()
            .Produces<string>(200, "text/plain").ProducesProblem(404);
        group.MapMethods("/tile/{**path}", GetAndHead, Tile).AllowAnonymous()
            .Produces(200, contentType: Hashes).ProducesProblem(404);
        group.MapGet("/tile/entries/{**path}", EntriesAsync)
            .RequireRight(ConsoleRights.AuditRead | ConsoleRights.SecretsRead)
            .Produces(200, contentType: Hashes).ProducesProblem(403).ProducesProblem(404);
    }

    /// <summary>With what the witnesses say of it.</summary>
    private static async Task<IResult> CheckpointAsync(HttpContext http, WitnessFleet witnesses)
    {
        http.Response.Headers.CacheControl = "no-cache";
        return await witnesses.HeadAsync(http.RequestAborted) is { } checkpoint
            ? TypedResults.Text(checkpoint.ToString(), "text/plain; charset=utf-8")
            : Problem.NotFound("checkpoint yet");
    }

    private static IResult Tile(string path, HttpContext http, Journal journal) =>
        // Entry bundles have a route of their own; however a path is spelt, none leaves by this one.
        path.StartsWith("entries", StringComparison.OrdinalIgnoreCase)
        ? Problem.NotFound("tile")
        : Answer(path, http, journal);

    private static async Task<IResult> EntriesAsync(string path, HttpContext http, Journal journal,
        EvidenceLog evidence)
    {
        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = Caller.Of(http.User).Name,
            What = "journal",
            Query = $"entries/{path}",
            Source = Caller.AddressOf(http),
        });
        return Answer($"entries/{path}", http, journal);
    }

    private static IResult Answer(string path, HttpContext http, Journal journal)
    {
        if (journal.Tiles.Read($"tile/{path}") is not { } tile)
        {
            return Problem.NotFound("tile");
        }

        // What a tile holds never changes; entries stay with whoever was allowed to read them.
        http.Response.Headers.CacheControl =
            path.StartsWith("entries", StringComparison.Ordinal) ? "no-store" : "public, max-age=31536000, immutable";
        return TypedResults.Bytes(tile, Hashes);
    }
}
