using System.Net;
using Bastion.Analysis;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Server.Ssh.Sockets;
using Bastion.Ssh;
using Bastion.Ssh.UserAuth;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;

namespace Bastion.Server.Ssh;

/// <summary>
/// The SSH front door: what becomes of one TCP connection. Every way it can end is one <see cref="RelayOutcome"/>.
///   1  a place among those that are not logged in yet
///   2  key exchange and login; as soon as the person has proved her key, her target is reached at the same time
///   3  the session starts (policy, limits, journal), and the gateway logs in to the target
///   4  channels are relayed until somebody ends it
///   5  the end is written down
/// </summary>
internal sealed partial class SshConnectionHandler(
    SshServerOptions options, PolicyHolder policies, CredentialVerifier credentials, SessionRegistry sessions,
    Gate gate,
    Analyzer analyzer, EvidenceLog evidence, RecordingStudio studio, TargetDialer dialer, StartupLimiter limiter,
    RefusedConnections refusals, GatewayCommands commands, TimeProvider time,
    ILoggerFactory loggers) : ConnectionHandler
{
    private readonly ILogger<SshConnectionHandler> _logger = loggers.CreateLogger<SshConnectionHandler>();

    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var client = (IPEndPoint)connection.RemoteEndPoint!;
        using IDisposable? place = limiter.TryEnter(client.Address);
        if (place is null)
        {
            // Not a word: composing one would cost what the limit is to save.
            connection.Abort(new ConnectionAbortedException("too many connections that are not logged in"));
            await refusals.RecordAsync(client, "too many connections that are not logged in");
            return;
        }

        SshMetrics.ConnectionOpened();
        RelayOutcome outcome = RelayOutcome.InternalFault;
        try
        {
            outcome = await ServeAsync(connection, client, place);
        }
        catch (SshDisconnectException refused)
        {
            outcome = RelayOutcome.LoginRefused;
            LogNotLoggedIn(client, refused.Message);
        }
        catch (OperationCanceledException)
        {
            outcome = RelayOutcome.SessionEnded;
        }
        catch (Exception fault)
        {
            LogFault(client, fault);
        }
        finally
        {
            SshMetrics.ConnectionEnded(outcome);
        }
    }

    private async Task<RelayOutcome> ServeAsync(ConnectionContext connection, IPEndPoint client, IDisposable place)
    {
        using var stopping = new CancellationTokenSource();
        IConnectionLifetimeNotificationFeature? lifetime =
            connection.Features.Get<IConnectionLifetimeNotificationFeature>();
        using CancellationTokenRegistration? registration =
            lifetime?.ConnectionClosedRequested.Register(static state => ((CancellationTokenSource)state!).Cancel(),
            stopping);
        await using var approach = new TargetApproach(policies, dialer, time);
        var authenticator = new GatewayAuthenticator(
            policies, credentials, evidence, login => approach.Begin(login, client));
        var userAuth = new UserAuthServerOptions()
        {
            ClientEndPoint = client,
            Methods = [UserAuthMethod.PublicKey],
            TimeProvider = time,
        };
        (SshConnection ssh, AuthenticatedUser user) =
            await LogInAsync(connection, client, userAuth, authenticator, stopping.Token);
        place.Dispose();
        (connection.Transport as SocketPipe)?.StayOnLoop();
        await using (ssh)
        {
            var login = (GatewayLogin)user.Principal!;
            Task<SessionContext> entering = authenticator.IsUnrecorded
                ? Task.FromException<SessionContext>(new RelayEndException(
                    RelayOutcome.AuditUnavailable, "the gateway cannot write its journal; nothing runs until it can"))
                : EnterAsync(login, client, ssh, approach, stopping.Token);
            RelayOutcome outcome = await new SessionRelay(ssh, entering, evidence, loggers.CreateLogger<SessionRelay>())
                .RunAsync(stopping.Token);
            await EndAsync(entering, ssh, outcome);
            return outcome;
        }
    }

    private async Task<(SshConnection Connection, AuthenticatedUser User)> LogInAsync(
        ConnectionContext connection, IPEndPoint client, UserAuthServerOptions userAuth,
        GatewayAuthenticator authenticator,
        CancellationToken stopping)
    {
        try
        {
            return await SshServer.AcceptAsync(connection.Transport, options, userAuth, authenticator, stopping);
        }
        catch (SshDisconnectException refused) when (!authenticator.HasRecorded)
        {
            await refusals.RecordAsync(client, refused.Message);
            throw;
        }
    }

    /// <summary>From a logged-in person to a logged-in target. What fails on the way is a sentence for her.</summary>
    private async Task<SessionContext> EnterAsync(
        GatewayLogin login, IPEndPoint client, SshConnection ssh, TargetApproach approach, CancellationToken stopping)
    {
        if (login.Name.Target is not { } target)
        {
            throw new RelayEndException(RelayOutcome.NoTargetNamed, Menu(login))
            {
                Commands = commands.Of(login.Principal, client),
            };
        }

        SessionStart start = await sessions.StartAsync(
            new SessionOpening
            {
                Principal = login.Principal,
                Target = target,
                Account = login.Name.Account,
                Client = client,
                ClientSoftware = ssh.PeerIdentification,
                Login = login.Methods,
                KeyFingerprint = login.KeyFingerprint,
            },
            stopping);
        if (start is not SessionStart.Started { Session: var session })
        {
            Refusal refusal = ((SessionStart.Refused)start).Refusal;
            throw new RelayEndException(
                refusal.Kind == RefusalKind.Unavailable ? RelayOutcome.AuditUnavailable : RelayOutcome.NotGranted,
                refusal.Reason.En);
        }

        try
        {
            long started = time.GetTimestamp();
            ReachedTarget reached = await approach.ArriveAsync(session.Connection, session.Ended);
            SshConnection connection = await dialer.LogInAsync(reached, session.Ended);
            SshMetrics.TargetLogin(time.GetElapsedTime(started));
            return new SessionContext(session, connection, gate, analyzer, evidence, studio, time);
        }
        catch (RelayEndException end)
        {
            await sessions.EndAsync(session, end.Outcome.ToEndKind(), end.Message);
            throw;
        }
        catch (OperationCanceledException)
        {
            await sessions.EndAsync(session, SessionEndKind.Closed, "ended before the target was reached");
            throw new RelayEndException(
                RelayOutcome.SessionEnded, $"the session has ended: {session.End?.Reason ?? "it was closed"}");
        }
    }

    /// <summary>The one place where the end of a session is written down.</summary>
    private async Task EndAsync(Task<SessionContext> entering, SshConnection ssh, RelayOutcome outcome)
    {
        SessionContext session;
        try
        {
            session = await entering;
        }
        catch (RelayEndException)
        {
            // It never began, or its end was written when its target could not be reached.
            await ssh.DisconnectAsync(DisconnectReason.ByApplication, "no session");
            return;
        }

        using SessionContext ending = session;
        await sessions.EndAsync(session.Session, outcome.ToEndKind(), Sentence(outcome, ssh), session.Traffic);
        string parting = session.Session.End is { } end
            ? $"the session has ended: {end.Reason}"
            : "the session has ended";
        await session.Target.DisconnectAsync(DisconnectReason.ByApplication, "the session has ended");
        await ssh.DisconnectAsync(DisconnectReason.ByApplication, VisibleText.Of(parting));
    }

    private static string Sentence(RelayOutcome outcome, SshConnection client) => outcome switch
    {
        RelayOutcome.ClientClosed => "the client left",
        RelayOutcome.ClientProtocolError => $"the client broke the protocol: {client.EndReason?.Message}",
        RelayOutcome.TargetClosed => "the target closed the connection",
        RelayOutcome.RecordingFailed => "the recording could not be written",
        RelayOutcome.AuditUnavailable => "the journal could not be written",
        RelayOutcome.InternalFault => "a fault of the gateway",
        _ => "ended",
    };

    private string Menu(GatewayLogin login)
    {
        IReadOnlyList<VisibleTarget> targets = policies.Current.VisibleTargets(login.Principal);
        if (targets.Count == 0)
        {
            return $"hello {login.Principal.Name}; nothing is granted to you here, ask a security administrator";
        }

        IEnumerable<string> names = targets.SelectMany(target => target.Accounts.Select(account =>
            account == target.DefaultAccount
                ? $"  {login.Principal.Name}+{target.Name}    {target.Description}"
                : $"  {login.Principal.Name}+{account}@{target.Name}"));
        return string.Join('\n',
            (IEnumerable<string>)[$"hello {login.Principal.Name}; log in under one of these names:", .. names,
            "without one, `receipts` as the command gives proof of your last session"]);
    }

    [LoggerMessage(1, LogLevel.Information, "{Client} did not log in: {Reason}")]
    private partial void LogNotLoggedIn(IPEndPoint client, string reason);

    [LoggerMessage(2, LogLevel.Error, "the connection of {Client} ended by a fault of ours")]
    private partial void LogFault(IPEndPoint client, Exception fault);
}
