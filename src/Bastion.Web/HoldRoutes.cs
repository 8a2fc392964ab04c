using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Policy;
using Bastion.Followers.Retention;

namespace Bastion.Web;

/// <summary>Legal holds, for auditors. Placing one is at once in force; lifting it takes somebody else.</summary>
internal static class HoldRoutes
{
    /// <summary>In characters; the same as of other reasons.</summary>
    private const int MaximumReasonLength = 1000;

    private const int MaximumNameLength = 256;

    public static void MapHoldRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/audit/holds").WithTags("audit")
            .RequireRight(ConsoleRights.AuditRead);
        group.MapGet("/", ListAsync).Produces<IReadOnlyList<HoldView>>().ProducesProblem(403);
        group.MapPost("/", PlaceAsync).Produces<HoldView>(201).ProducesProblem(400).ProducesProblem(403);
        group.MapPost("/{id}/lift", LiftAsync).Produces(204).ProducesProblem(400).ProducesProblem(403)
            .ProducesProblem(409);
    }

    private static async Task<IResult> ListAsync(RetentionLedger ledger, CancellationToken cancellationToken) =>
        TypedResults.Ok<IReadOnlyList<HoldView>>([.. (await ledger.HoldsAsync(cancellationToken)).Select(View)]);

    private static async Task<IResult> PlaceAsync(HttpContext http, HoldBody body, HoldDesk desk,
        CancellationToken cancellationToken)
    {
        if (Objection(body) is { } objection)
        {
            return Problem.Because(400, objection);
        }

        LegalHold hold = await desk.PlaceAsync(
            new HoldPlaced
            {
                Hold = HoldDesk.NewId(),
                By = Caller.Of(http.User).Name,
                Source = Caller.AddressOf(http),
                Reason = body.Reason!,
                HeldSession = body.Session,
                User = Text(body.User),
                Target = Text(body.Target),
                Everything = body.Everything == true ? true : null,
            },
            cancellationToken);
        return TypedResults.Created($"/api/audit/holds/{hold.Id}", View(hold));
    }

    private static async Task<IResult> LiftAsync(string id, HttpContext http, LiftBody body, HoldDesk desk,
        CancellationToken cancellationToken)
    {
        if (body.Reason is not { Length: > 0 and <= MaximumReasonLength })
        {
            return Problem.Because(400, $"a `reason` of 1 to {MaximumReasonLength} characters is needed");
        }

        var lifting = new HoldLifted
        {
            Hold = id,
            By = Caller.Of(http.User).Name,
            Source = Caller.AddressOf(http),
            Reason = body.Reason,
        };
        return await desk.LiftAsync(lifting, cancellationToken) is { } objection
            ? Problem.Because(409, objection)
            : TypedResults.NoContent();
    }

    private static string? Objection(HoldBody body)
    {
        int scopes = new[] { body.Session is not null, body.User is not null, body.Target is not null,
            body.Everything == true }.Count(set => set);
        return body.Reason is not { Length: > 0 and <= MaximumReasonLength }
            ? $"a `reason` of 1 to {MaximumReasonLength} characters is needed"
            : scopes != 1 ? "name exactly one of `session`, `user`, `target` and `everything`"
            : body.Session is not null && !RecordingPath.IsSessionId(body.Session)
            ? "`session` is no session's identifier"
            : body.User is "" or { Length: > MaximumNameLength } || body.Target is "" or { Length: > MaximumNameLength }
            ? $"a name has 1 to {MaximumNameLength} characters"
            : null;
    }

    private static PeerText? Text(string? text) => text is null ? default(PeerText?) : PeerText.FromString(text);

    private static HoldView View(LegalHold hold) =>
        new(hold.Id, hold.PlacedAt, hold.By, hold.Reason, hold.Session, hold.User, hold.Target, hold.Everything);
}

/// <summary>Exactly one scope.</summary>
internal sealed record HoldBody(string? Reason, string? Session, string? User, string? Target, bool? Everything);

internal sealed record LiftBody(string? Reason);

internal sealed record HoldView(
    string Id, DateTimeOffset PlacedAt, string By, string Reason, string? Session, string? User, string? Target,
    bool Everything);
