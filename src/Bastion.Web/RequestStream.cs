using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Bastion.Control.Approvals;
using Bastion.Control.Authentication;
using Bastion.Control.Policies;
using Bastion.Policy;

namespace Bastion.Web;

/// <summary>What a server-sent event says: fetch this request again, or (null) all of them.</summary>
internal sealed record ChangeView(string? Id, ApprovalState? State, long? Revision);

/// <summary>
/// Changes of requests as server-sent events. An event names what changed and a client fetches it, so an event lost or
/// sent twice does no harm. Every event is checked against the policy of its moment; a stream ends with its login.
/// </summary>
internal static class RequestStream
{
    /// <summary>Shorter than the idle time-outs of common proxies.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan ReconnectAfter = TimeSpan.FromSeconds(2);

    public static IResult Open(
        HttpContext http, ApprovalDesk desk, PolicyHolder policies, RefreshTokens logins, TimeProvider time,
        CancellationToken cancellationToken)
    {
        long? after = long.TryParse(
            http.Request.Headers["Last-Event-ID"], NumberStyles.None, CultureInfo.InvariantCulture, out long seen)
            ? seen
            : null;
        if (desk.Feed.Subscribe(after) is not { } subscription)
        {
            return Problem.Because(503, "too many open streams; close a tab");
        }

        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no";
        PolicyPrincipal caller = Caller.Of(http.User);
        string family = Caller.FamilyOf(http.User);
        return TypedResults.ServerSentEvents(
            EventsAsync(subscription, desk, caller, StillAliveAsync, time, cancellationToken));

        async ValueTask<bool> StillAliveAsync() =>
            WebAuthorization.IsActive(policies.Current, caller.Name)
            && await logins.IsAliveAsync(family, caller.Name, cancellationToken);
    }

    private static async IAsyncEnumerable<SseItem<ChangeView>> EventsAsync(
        ApprovalFeed.Subscription subscription, ApprovalDesk desk, PolicyPrincipal caller,
        Func<ValueTask<bool>> stillAlive, TimeProvider time, [EnumeratorCancellation]
            CancellationToken cancellationToken)
    {
        using ApprovalFeed.Subscription _ = subscription;
        Task<bool>? ready = null;

        // The first event opens the stream in the browser, before anything has happened.
        yield return Beat();
        while (await stillAlive())
        {
            ready ??= subscription.Changes.WaitToReadAsync(cancellationToken).AsTask();
            if (!await CompletesWithinAsync(ready, time, cancellationToken))
            {
                yield return Beat();
                continue;
            }

            if (!await ready)
            {
                yield break;
            }

            ready = null;
            while (subscription.Changes.TryRead(out ApprovalChange? change))
            {
                if (change.Request is null || desk.MaySee(change.Request, caller))
                {
                    yield return Event(change);
                }
            }
        }
    }

    private static async Task<bool> CompletesWithinAsync(Task task, TimeProvider time,
        CancellationToken cancellationToken)
    {
        try
        {
            await task.WaitAsync(Heartbeat, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private static SseItem<ChangeView> Beat() => new(new ChangeView(null, null, null), "heartbeat")
    {
        ReconnectionInterval = ReconnectAfter,
    };

    private static SseItem<ChangeView> Event(ApprovalChange change) => new(
        new ChangeView(change.Request?.Id, change.Request?.State, change.Request?.Revision),
        change.Request is null ? "refetch" : "request")
    {
        EventId = change.Sequence.ToString(CultureInfo.InvariantCulture),
    };
}
