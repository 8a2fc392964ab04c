using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Web.Recordings;

namespace Bastion.Web;

/// <summary>Sessions and their recordings, for those whose duty it is. Every look is in the journal before it is
/// answered.</summary>
internal static class SessionRoutes
{
    private const int MaximumListed = 500;

    /// <summary>No session lasts so long; a number from outside goes no further.</summary>
    private static readonly TimeSpan MaximumRecording = TimeSpan.FromDays(365);

    private const string Asciicast = "application/x-asciicast";

    public static void MapSessionRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/sessions").WithTags("sessions");
        group.MapGet("/", ListAsync).RequireRight(ConsoleRights.SessionsRead)
            .Produces<IReadOnlyList<SessionView>>().ProducesProblem(403);
        group.MapGet("/{id}", GetAsync).RequireRight(ConsoleRights.SessionsRead)
            .Produces<SessionView>().ProducesProblem(403).ProducesProblem(404);
        group.MapGet("/{id}/recording", RecordingAsync).RequireRight(ConsoleRights.RecordingsRead)
            .Produces(200, contentType: Asciicast).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409);
        group.MapPost("/{id}/kill", KillAsync).RequireRight(ConsoleRights.SessionsKill)
            .Produces(204).ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, SessionRegistry sessions, EvidenceLog evidence, string? principal, bool? running, int? limit,
        CancellationToken cancellationToken)
    {
        await RecordLookAsync(http, evidence, "sessions", null, principal);
        IReadOnlyList<SessionSummary> found = await sessions.ListAsync(
            principal, running ?? false, Math.Clamp(limit ?? MaximumListed, 1, MaximumListed), cancellationToken);
        return TypedResults.Ok<IReadOnlyList<SessionView>>([.. found.Select(SessionView.Of)]);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, SessionRegistry sessions, SessionHistory history, RecordingReader recordings,
        PolicyHolder policies, EvidenceLog evidence, bool? unmasked,
        CancellationToken cancellationToken)
    {
        bool original = unmasked ?? false;
        if (original && !policies.Current.ConsoleRightsOf(Caller.Of(http.User)).HasFlag(ConsoleRights.SecretsRead))
        {
            return Problem.Because(403, "secrets in commands are shown to those with the right `secrets.read` only");
        }

        if (await sessions.FindSummaryAsync(id, cancellationToken) is not { } session)
        {
            return Problem.NotFound("session");
        }

        await RecordLookAsync(http, evidence, "journal", id, original ? "unmasked" : null);
        return TypedResults.Ok(SessionView.Of(session) with
        {
            Events = history.EventsOf(session, original, cancellationToken),
            Channels = recordings.Channels(id),
        });
    }

    private static async Task<IResult> RecordingAsync(
        string id, HttpContext http, SessionRegistry sessions, RecordingReader recordings, RecordingSeeker seeker,
        EvidenceLog evidence,
        int? channel, double? from, CancellationToken cancellationToken)
    {
        if (await sessions.FindSummaryAsync(id, cancellationToken) is null)
        {
            return Problem.NotFound("session");
        }

        IReadOnlyList<int> channels = recordings.Channels(id);
        if (channels.Count == 0 || (channel is { } asked && !channels.Contains(asked)))
        {
            return Problem.NotFound("recording");
        }

        if (recordings.WhyLocked(id) is { } locked)
        {
            return Problem.Because(409, locked);
        }

        await RecordLookAsync(http, evidence, "recording", id, null);
        int shown = channel ?? channels[0];
        http.Response.Headers.CacheControl = "no-store";

        // Seconds since its start; the asciicast then begins with the screen as it was at that moment.
        var start = TimeSpan.FromSeconds(Math.Clamp(from ?? 0, 0, MaximumRecording.TotalSeconds));
        return TypedResults.Stream(
            body => start > TimeSpan.Zero
                ? seeker.WriteFromAsync(id, shown, start, body, http.RequestAborted)
                : recordings.WriteAsciicastAsync(id, shown, body, http.RequestAborted),
            Asciicast);
    }

    private static async Task<IResult> KillAsync(
        string id, KillBody? body, HttpContext http, SessionRegistry sessions, EvidenceLog evidence)
    {
        string caller = Caller.Of(http.User).Name;
        if (sessions.Find(id) is null)
        {
            return Problem.NotFound("running session");
        }

        await evidence.RecordAsync(new AdministrationChanged
        {
            By = caller,
            Action = "session.killed",
            Subject = id,
            Detail = OptionalText.OrNone(body?.Reason),
            Source = Caller.AddressOf(http),
        });
        sessions.Kill(id, caller, body?.Reason is { Length: > 0 } why
            ? $"ended by {caller}: {why}"
            : $"ended by {caller}");
        return TypedResults.NoContent();
    }

    private static async ValueTask RecordLookAsync(
        HttpContext http, EvidenceLog evidence, string what, string? session, string? query) =>
        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = Caller.Of(http.User).Name,
            What = what,
            ViewedSession = session,
            Query = OptionalText.OrNone(query),
            Source = Caller.AddressOf(http),
        });
}
