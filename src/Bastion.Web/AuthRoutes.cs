using Bastion.Audit.Records;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Control.Policies;
using Bastion.Policy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bastion.Web;

/// <summary>Signing in, staying in and signing out.</summary>
internal static class AuthRoutes
{
    public const string RefreshCookie = "bastion_refresh";

    private const string Path = "/api/auth";

    /// <summary>In characters; longer names are nobody's.</summary>
    private const int MaximumNameLength = 128;

    private const int MaximumCodeLength = 16;

    public static void MapAuthRoutes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup(Path).WithTags("auth").AllowAnonymous();
        group.MapPost("/login", LoginAsync).RequireRateLimiting(RateLimits.Login).Produces<TokenView>()
            .ProducesProblem(401).ProducesProblem(429);
        group.MapPost("/refresh", RefreshAsync).Produces<TokenView>().Produces(204).ProducesProblem(401);
        group.MapPost("/logout", LogoutAsync).Produces(204);
        routes.MapGet("/api/me", Me).WithTags("auth").Produces<MeView>();
    }

    private static async Task<IResult> LoginAsync(
        LoginBody body, HttpContext http, CredentialVerifier verifier, PolicyHolder policies, RefreshTokens refresh,
        AccessTokens tokens, EvidenceLog evidence, CancellationToken cancellationToken)
    {
        if (body.User is not { Length: > 0 and <= MaximumNameLength }
            || body.Password is not { Length: <= PasswordHash.MaximumPasswordLength }
            || body.Totp is not { Length: <= MaximumCodeLength })
        {
            return Problem.Because(400, "give `user`, `password` and `totp`");
        }

        CredentialOutcome outcome =
            await verifier.VerifyPasswordAndCodeAsync(body.User, body.Password, body.Totp, cancellationToken);
        bool active = WebAuthorization.IsActive(policies.Current, body.User);
        if (outcome is not CredentialOutcome.Accepted || !active)
        {
            await evidence.RecordAsync(new LoginFailed
            {
                User = body.User,
                Source = Caller.AddressOf(http),
                Surface = Surface.Web,
                Method = "password",
                Reason = active ? outcome.Describe() : "the policy does not know this person, or not any more",
            });
            return outcome is CredentialOutcome.TooManyTries { RetryAfter: var after }
                ? Problem.RetryLater(http, after, outcome.Describe())
                : Problem.Because(401, active ? outcome.Describe() : new CredentialOutcome.Wrong().Describe());
        }

        (string? family, string? token) = await refresh.IssueAsync(body.User, cancellationToken);
        await evidence.RecordAsync(new LoginSucceeded
        {
            User = body.User,
            Source = Caller.AddressOf(http),
            Surface = Surface.Web,
            Methods = ["password", "totp"],
            Client = OptionalUserAgent(http),
        });
        SetCookie(http, token);
        return Token(tokens, body.User, family);
    }

    private static async Task<IResult> RefreshAsync(
        HttpContext http, RefreshTokens refresh, AccessTokens tokens, PolicyHolder policies, EvidenceLog evidence,
        CancellationToken cancellationToken)
    {
        if (!IsSameOrigin(http))
        {
            return Problem.Because(401, "sign in");
        }

        if (http.Request.Cookies[RefreshCookie] is not { } shown)
        {
            // Every first visit asks; that nobody is signed in yet is an answer, not a failure.
            return TypedResults.NoContent();
        }

        switch (await refresh.RotateAsync(shown, cancellationToken))
        {
            case RefreshOutcome.Rotated rotated when WebAuthorization.IsActive(policies.Current, rotated.User):
                SetCookie(http, rotated.Token);
                return Token(tokens, rotated.User, rotated.Family);

            case RefreshOutcome.Rotated gone:
                await refresh.RevokeUserAsync(gone.User, cancellationToken);
                break;

            case RefreshOutcome.Replayed replayed:
                await evidence.RecordAsync(new LoginEnded
                {
                    User = replayed.User,
                    Reason = "a refresh token came back that was already exchanged: somebody may have copied it",
                    Source = Caller.AddressOf(http),
                });
                break;
        }

        ClearCookie(http);
        return Problem.Because(401, "sign in again");
    }

    private static async Task<IResult> LogoutAsync(
        HttpContext http, RefreshTokens refresh, EvidenceLog evidence, CancellationToken cancellationToken)
    {
        if (IsSameOrigin(http)
            && http.Request.Cookies[RefreshCookie] is { } shown
            && await refresh.RevokeAsync(shown, cancellationToken) is { } user)
        {
            await evidence.RecordAsync(
                new LoginEnded { User = user, Reason = "signed out", Source = Caller.AddressOf(http) });
        }

        ClearCookie(http);
        return TypedResults.NoContent();
    }

    private static Ok<MeView> Me(HttpContext http, PolicyHolder policies)
    {
        PolicySnapshot policy = policies.Current;
        PolicyPrincipal caller = Caller.Of(http.User);
        ConsoleRights rights = policy.ConsoleRightsOf(caller);
        string? fullName = policy.People.TryGetValue(caller.Name, out Person? person) ? person.FullName : null;
        return TypedResults.Ok(new MeView(
            caller.Name,
            fullName ?? caller.Name,
            Language: null,
            MayAudit: rights.HasFlag(ConsoleRights.SessionsRead),
            MayReadReports: rights.HasFlag(ConsoleRights.ReportsRead),
            policy.MembershipsOf(caller)));
    }

    private static Ok<TokenView> Token(AccessTokens tokens, string user, string family) =>
        TypedResults.Ok(new TokenView(tokens.Issue(user, family), (int)AccessTokens.Lifetime.TotalSeconds));

    private static void SetCookie(HttpContext http, string token) =>
        http.Response.Cookies.Append(RefreshCookie, token, Cookie(http, RefreshTokens.Lifetime));

    private static void ClearCookie(HttpContext http) =>
        http.Response.Cookies.Delete(RefreshCookie, Cookie(http, maximumAge: null));

    /// <summary>
    /// Secure everywhere but on plain HTTP from this very machine, where some browsers would drop the cookie and
    /// nothing leaves the machine anyhow.
    /// </summary>
    private static CookieOptions Cookie(HttpContext http, TimeSpan? maximumAge) => new()
    {
        HttpOnly = true,
        Secure = http.Request.IsHttps || !Caller.IsThisMachine(http),
        SameSite = SameSiteMode.Strict,
        Path = Path,
        MaxAge = maximumAge,
        IsEssential = true,
    };

    /// <summary>A browser says where a request comes from; other clients say nothing and have no cookie to
    /// abuse.</summary>
    private static bool IsSameOrigin(HttpContext http) =>
        http.Request.Headers["Sec-Fetch-Site"].ToString() is "" or "same-origin" or "none";

    private static PeerText? OptionalUserAgent(HttpContext http) =>
        OptionalText.OrNone(http.Request.Headers.UserAgent.Count == 0
        ? null
        : http.Request.Headers.UserAgent.ToString());
}
