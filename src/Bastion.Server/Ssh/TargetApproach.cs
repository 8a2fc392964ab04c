using System.Net;
using Bastion.Control.Policies;
using Bastion.Policy;

namespace Bastion.Server.Ssh;

/// <summary>
/// Reaches the target of a login while the login is still being finished: the person has proved her key, and policy
/// grants her the target. Nobody is logged in on it before her session has started.
/// </summary>
internal sealed class TargetApproach(PolicyHolder policies, TargetDialer dialer, TimeProvider time) : IAsyncDisposable
{
    private readonly CancellationTokenSource _cancelled = new();
    private TargetConnection? _where;
    private Task<ReachedTarget>? _reaching;

    public void Begin(GatewayLogin login, IPEndPoint client)
    {
        if (_reaching is not null || login.Name.Target is not { } target)
        {
            return;
        }

        var context = new PolicyContext()
        {
            Time = time.GetUtcNow(),
            Source = client.Address,
            Login = login.Methods,
            Coverage = 1,
        };
        Access access = policies.Current.AccessTo(login.Principal, target, login.Name.Account, context);
        if (access is { Decision.Outcome: Outcome.Permit, Connection: { } where })
        {
            _where = where;
            _reaching = Task.Run(() => dialer.ReachAsync(where, _cancelled.Token));
        }
    }

    /// <summary>The target, reached; anew when policy has moved it meanwhile.</summary>
    /// <exception cref="RelayEndException">With the sentence for the engineer.</exception>
    public async Task<ReachedTarget> ArriveAsync(TargetConnection where, CancellationToken cancellationToken)
    {
        if (_reaching is null || !IsSame(_where!, where))
        {
            await LeaveAsync();
            _where = where;
            _reaching = dialer.ReachAsync(where, _cancelled.Token);
        }

        return await _reaching.WaitAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _cancelled.CancelAsync();
        await LeaveAsync();
        _cancelled.Dispose();
    }

    private async ValueTask LeaveAsync()
    {
        if (_reaching is { } reaching)
        {
            await Task.WhenAny(reaching);
            if (reaching.IsCompletedSuccessfully)
            {
                await (await reaching).DisposeAsync();
            }
        }
    }

    private static bool IsSame(TargetConnection one, TargetConnection other) =>
        one.Target == other.Target && one.Host == other.Host && one.Port == other.Port && one.Account == other.Account
        && one.HostKeys.SequenceEqual(other.HostKeys);
}
