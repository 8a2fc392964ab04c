using System.Net.Sockets;
using Bastion.Policy;
using Bastion.Server.Ssh.Sockets;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Server.Ssh;

/// <summary>Finds what the gateway logs in with, by the name that the policy calls it; null when there is
/// none.</summary>
internal delegate ValueTask<SshCredential?> CredentialLookup(string name, CancellationToken cancellationToken);

/// <summary>
/// Connects to targets. In two steps: reaching a machine and checking its host key may begin while the engineer still
/// logs in; logging in to it happens only for a session that has started.
/// </summary>
internal sealed class TargetDialer(CredentialLookup credentials, TimeProvider time)
{
    /// <summary>For the TCP connection and the key exchange; a person waits at the other end.</summary>
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For the login on the target, which may ask a directory service.</summary>
    private static readonly TimeSpan LoginTimeout = TimeSpan.FromSeconds(20);

    /// <summary>Reaches the target and pins its host key. Nobody is logged in by this.</summary>
    /// <exception cref="RelayEndException">With the sentence for the engineer.</exception>
    public async Task<ReachedTarget> ReachAsync(TargetConnection where, CancellationToken cancellationToken)
    {
        IReadOnlyList<SshPublicKey> pinned = PinnedKeys(where);
        using var deadline = new CancellationTokenSource(ConnectTimeout, time);
        using var either =
            CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        SocketPipe? socket = null;
        string? wrongKey = null;
        try
        {
            socket = await SocketPipe.ConnectAsync(where.Host, where.Port, either.Token);
            var options = new SshClientOptions()
            {
                Algorithms = SshAlgorithms.ForClient with { HostKey = SignatureAlgorithms(pinned) },
                TimeProvider = time,
                VerifyHostKey = (key, _) =>
                {
                    bool known = pinned.Contains(key);
                    wrongKey = known ? null : key.Fingerprint;
                    return ValueTask.FromResult(known);
                },
            };
            return new ReachedTarget(where, socket, await SshClient.ConnectAsync(socket, options, either.Token));
        }
        catch (Exception failure)
        {
            if (socket is not null)
            {
                await socket.DisposeAsync();
            }

            throw Explain(where, failure, wrongKey, deadline.IsCancellationRequested);
        }
    }

    /// <summary>Logs in with the gateway's own credential. The engineer must be authenticated and the session
    /// started.</summary>
    /// <exception cref="RelayEndException">With the sentence for the engineer.</exception>
    public async Task<SshConnection> LogInAsync(ReachedTarget target, CancellationToken cancellationToken)
    {
        TargetConnection where = target.Where;
        SshCredential credential = await credentials(where.Credential, cancellationToken)
            ?? throw new RelayEndException(
                RelayOutcome.TargetAuthenticationFailed,
                $"the gateway has no credential `{where.Credential}` for `{where.Account}` on `{where.Target}`; "
                    + "tell whoever looks after the gateway");
        using var deadline = new CancellationTokenSource(LoginTimeout, time);
        using var either =
            CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            (SshConnection? connection, UserAuthOutcome outcome) =
                await target.Client.AuthenticateAsync(where.Account, [credential], either.Token);
            target.StayOnLoop();
            return connection ?? throw new RelayEndException(
                RelayOutcome.TargetAuthenticationFailed,
                $"`{where.Target}` did not accept the gateway's credential for `{where.Account}`; tell whoever "
                    + $"looks after the gateway ({outcome.Explain()})");
        }
        catch (Exception failure) when (failure is not RelayEndException)
        {
            throw Explain(where, failure, wrongKey: null, deadline.IsCancellationRequested);
        }
    }

    private static List<SshPublicKey> PinnedKeys(TargetConnection where)
    {
        try
        {
            List<SshPublicKey> keys = [.. where.HostKeys.Select(SshPublicKey.ParseText)];
            return keys.Count > 0 ? keys : throw new RelayEndException(
                RelayOutcome.TargetHostKeyMismatch,
                $"no host key is pinned for `{where.Target}`, so it cannot be told from an impostor; add "
                    + "`host_keys` to it in the policy");
        }
        catch (SshKeyException unreadable)
        {
            throw new RelayEndException(
                RelayOutcome.TargetHostKeyMismatch,
                $"the host key pinned for `{where.Target}` cannot be read: {unreadable.Message}", unreadable);
        }
    }

    /// <summary>Only kinds that are pinned are offered: the target then shows the key that we know.</summary>
    private static List<string> SignatureAlgorithms(IReadOnlyList<SshPublicKey> pinned) =>
        [.. pinned.SelectMany(key => key.SignatureAlgorithms).Distinct()];

    private static Exception Explain(TargetConnection where, Exception failure, string? wrongKey, bool timedOut) =>
        failure switch
        {
            RelayEndException => failure,
            _ when wrongKey is not null => new RelayEndException(
                RelayOutcome.TargetHostKeyMismatch,
                $"the host key of `{where.Target}` is not the one that is pinned (it showed {wrongKey}); nothing was "
                    + "sent to it. If the machine was reinstalled, a security administrator changes the pin",
                failure),
            OperationCanceledException when timedOut => new RelayEndException(
                RelayOutcome.TargetUnreachable, $"`{where.Target}` does not answer; try again, or ask whoever runs it",
                failure),
            SocketException socket => new RelayEndException(
                RelayOutcome.TargetUnreachable, $"`{where.Target}` cannot be reached: {Plainly(socket)}", failure),
            SshDisconnectException { Reason: DisconnectReason.KeyExchangeFailed } disconnect => new RelayEndException(
                RelayOutcome.TargetUnreachable,
                $"`{where.Target}` and the gateway share no algorithms: {disconnect.Message}", failure),
            SshDisconnectException disconnect => new RelayEndException(
                RelayOutcome.TargetUnreachable, $"`{where.Target}` broke off the connection: {disconnect.Message}",
                failure),
            IOException io => new RelayEndException(
                RelayOutcome.TargetUnreachable, $"`{where.Target}` broke off the connection: {io.Message}", failure),
            _ => failure,
        };

    private static string Plainly(SocketException failure) => failure.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => "nothing listens on its SSH port",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "its name has no address",
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "there is no way to it in the network",
        SocketError.TimedOut => "it does not answer",
        _ => failure.Message.ToLowerInvariant(),
    };
}

/// <summary>A target whose host key was checked and on which nobody is logged in yet.</summary>
internal sealed class ReachedTarget(TargetConnection where, SocketPipe socket, SshClient client) : IAsyncDisposable
{
    public TargetConnection Where { get; } = where;

    public SshClient Client { get; } = client;

    /// <summary>The login is over: see <see cref="LoopStream.StayOnLoop"/>.</summary>
    public void StayOnLoop() => socket.StayOnLoop();

    /// <summary>Also closes the connection that a login made of it.</summary>
    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await socket.DisposeAsync();
    }
}
