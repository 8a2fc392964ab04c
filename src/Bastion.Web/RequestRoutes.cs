using Bastion.Audit.Records;
using Bastion.Control.Approvals;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Policy;
using Bastion.Followers.Receipts;

namespace Bastion.Web;

/// <summary>Requests for approval. Everybody sees only what they asked for or may decide.</summary>
internal static class RequestRoutes
{
    private const int MaximumListed = 200;

    /// <summary>Past requests are read in this number to find those the caller may see.</summary>
    private const int MaximumSearched = 2_000;

    public static void MapRequestRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api/requests").WithTags("requests");
        group.MapGet("/", ListAsync).Produces<IReadOnlyList<RequestView>>().ProducesProblem(400);
        group.MapGet("/stream", RequestStream.Open).Produces(200, contentType: "text/event-stream");
        group.MapGet("/{id}", GetAsync).Produces<RequestView>().ProducesProblem(404);
        group.MapGet("/{id}/receipt", ReceiptAsync).Produces<string>(200, "text/plain").ProducesProblem(404);
        group.MapPost("/{id}/approve", ApproveAsync).Produces<RequestView>()
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(429)
            .RequireRateLimiting(RateLimits.Decide);
        group.MapPost("/{id}/deny", DenyAsync).Produces<RequestView>()
            .ProducesProblem(403).ProducesProblem(404).ProducesProblem(409)
            .RequireRateLimiting(RateLimits.Decide);
        group.MapPost("/{id}/withdraw", WithdrawAsync).Produces<RequestView>()
            .ProducesProblem(404).ProducesProblem(409).RequireRateLimiting(RateLimits.Decide);
    }

    private static async Task<IResult> ListAsync(
        HttpContext http, ApprovalDesk desk, string? state, int? limit, CancellationToken cancellationToken)
    {
        ApprovalState? wanted = null;
        if (state is not null)
        {
            // Enum.TryParse alone would take numbers as well.
            string? name = Enum.GetNames<ApprovalState>().FirstOrDefault(
                known => string.Equals(known, state, StringComparison.OrdinalIgnoreCase));
            if (name is null)
            {
                string states = string.Join(", ", Enum.GetNames<ApprovalState>()).ToLowerInvariant();
                return Problem.Because(400, $"no such state; use one of {states}");
            }

            wanted = Enum.Parse<ApprovalState>(name);
        }

        PolicyPrincipal caller = Caller.Of(http.User);
        IEnumerable<ApprovalRequest> requests = wanted == ApprovalState.Pending
            ? desk.Open.Where(request => request.State == ApprovalState.Pending)
            : await desk.ListAsync(wanted, MaximumSearched, cancellationToken);
        return TypedResults.Ok<IReadOnlyList<RequestView>>(
        [
            .. requests
                .Where(request => desk.MaySee(request, caller))
                .Take(Math.Clamp(limit ?? MaximumListed, 1, MaximumListed))
                .Select(request => RequestView.Of(request, desk, caller)),
        ]);
    }

    private static async Task<IResult> GetAsync(
        string id, HttpContext http, ApprovalDesk desk, CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        return await desk.FindAsync(id, cancellationToken) is { } request && desk.MaySee(request, caller)
            ? TypedResults.Ok(RequestView.Of(request, desk, caller))
            : Problem.NotFound("request");
    }

    /// <summary>What was asked and decided, each record with its proof: for whoever decided, asked, or was
    /// asked.</summary>
    private static async Task<IResult> ReceiptAsync(
        string id, HttpContext http, ApprovalDesk desk, ReceiptDesk receipts, EvidenceLog evidence,
        CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        if (await desk.FindAsync(id, cancellationToken) is not { } request || !desk.MaySee(request, caller))
        {
            return Problem.NotFound("request");
        }

        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = caller.Name,
            What = "receipt",
            ViewedSession = request.SessionId,
            Query = id,
            Source = Caller.AddressOf(http),
        });
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{id}.tlog-proof\"";
        return TypedResults.Text(await receipts.OfRequestAsync(request, cancellationToken),
            "text/plain; charset=utf-8");
    }

    private static async Task<IResult> ApproveAsync(
        string id, ApproveBody body, HttpContext http, ApprovalDesk desk, CredentialVerifier verifier,
        CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        if (string.IsNullOrWhiteSpace(body.Code))
        {
            return Problem.Because(400, "give the `code` your device shows");
        }

        // Nobody spends a code on a request that they cannot approve.
        if (await WhyNotDecideAsync(id, caller, desk, http, cancellationToken) is { } problem)
        {
            return problem;
        }

        (ApprovalProof? proof, CredentialOutcome? outcome) =
            await ApprovalProof.ByCodeAsync(verifier, caller.Name, id, body.Code, cancellationToken);
        return proof is null
            ? outcome switch
            {
                CredentialOutcome.TooManyTries { RetryAfter: var after } =>
                    Problem.RetryLater(http, after, outcome.Describe(codeOnly: true)),
                CredentialOutcome.AlreadyUsed => Problem.Because(409, outcome.Describe(codeOnly: true)),
                _ => Problem.Because(403, outcome.Describe(codeOnly: true)),
            }
            : Answer(await desk.ApproveAsync(id, caller, proof, Caller.AddressOf(http), cancellationToken), desk,
            caller);
    }

    private static async Task<IResult> DenyAsync(
        string id, DenyBody? body, HttpContext http, ApprovalDesk desk, CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        return Answer(
            await desk.DenyAsync(id, caller, body?.Reason, Caller.AddressOf(http), cancellationToken), desk, caller);
    }

    private static async Task<IResult> WithdrawAsync(
        string id, HttpContext http, ApprovalDesk desk, CancellationToken cancellationToken)
    {
        PolicyPrincipal caller = Caller.Of(http.User);
        return Answer(await desk.WithdrawAsync(id, caller, cancellationToken), desk, caller);
    }

    private static async Task<IResult?> WhyNotDecideAsync(
        string id, PolicyPrincipal caller, ApprovalDesk desk, HttpContext http, CancellationToken cancellationToken)
    {
        if (await desk.FindAsync(id, cancellationToken) is not { } request || !desk.MaySee(request, caller))
        {
            return Problem.NotFound("request");
        }

        // Both are refused by the desk as well, which also writes them down.
        return request.State == ApprovalState.Pending && desk.MayDecide(request, caller)
            ? null
            : Answer(
                await desk.ExplainRefusalAsync(id, caller, Caller.AddressOf(http), cancellationToken), desk, caller);
    }

    private static IResult Answer(DecisionOutcome outcome, ApprovalDesk desk, PolicyPrincipal caller) => outcome switch
    {
        DecisionOutcome.Recorded { Request: var request } => TypedResults.Ok(RequestView.Of(request, desk, caller)),
        DecisionOutcome.TooLate { Why: var why } => Problem.Because(409, why),
        DecisionOutcome.NotEntitled { Why: var why } => Problem.Because(403, why),
        _ => Problem.NotFound("request"),
    };
}
