using System.Buffers;
using System.Text;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.UserAuth;

/// <summary>
/// RFC 4252, the server's side of one connection: service request, then requests one after the other until one is
/// accepted or a bound is reached. The token given to <see cref="RunAsync"/> is the login grace.
/// </summary>
internal sealed class UserAuthServer(ITransport transport, IUserAuthenticator authenticator,
    UserAuthServerOptions options)
{
    private const string OutOfTries = "too many authentication failures";

    private readonly ArrayBufferWriter<byte> _answer = new();
    private UserAuthContext? _context;
    private IReadOnlyList<string> _methods = options.Methods;
    private PublicKeyMethod? _publicKey;
    private int _requests;
    private int _failures;
    private int _guesses;

    /// <exception cref="SshDisconnectException">The connection is over: bounds reached, protocol broken, peer
    /// gone.</exception>
    /// <exception cref="OperationCanceledException">The login grace is over.</exception>
    public async Task<AuthenticatedUser> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ServeServiceRequestAsync(cancellationToken);
            return await ServeRequestsAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            await EndAsync(DisconnectReason.ByApplication, "login took too long");
            throw;
        }
        catch (SshDisconnectException end)
        {
            await EndAsync(end.Reason, end.Message);
            throw;
        }
        catch (Exception failure)
        {
            // An authenticator or a journal that fails lets nobody in; the peer learns nothing of why.
            await transport.DisconnectAsync(DisconnectReason.ByApplication, "login is not possible at present");
            throw new SshDisconnectException(DisconnectReason.ByApplication, Blame.Self,
                $"the authenticator failed: {failure.Message}", failure);
        }
    }

    private async ValueTask ServeServiceRequestAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = await ReceiveAsync(cancellationToken);
        AcceptService(payload.Span);
        transport.Phase = SshPhase.UserAuth;
        if (!string.IsNullOrEmpty(options.Banner))
        {
            SshWriter writer = StartAnswer();
            UserAuthBannerMessage.Write(ref writer, VisibleText.Lines(options.Banner));
            PostAnswer();
        }
    }

    private void AcceptService(ReadOnlySpan<byte> payload)
    {
        if (!ServiceMessage.TryRead(payload, MessageNumber.ServiceRequest, out ServiceMessage request))
        {
            throw SshDisconnectException.Protocol("expected a service request");
        }

        if (!Ascii.Equals(request.Service, UserAuthMethod.UserAuthService))
        {
            throw new SshDisconnectException(
                DisconnectReason.ServiceNotAvailable, Blame.Peer, "only ssh-userauth can be asked for before login");
        }

        SshWriter writer = StartAnswer();
        new ServiceMessage(request.Service).Write(ref writer, MessageNumber.ServiceAccept);
        PostAnswer();
    }

    private async ValueTask<AuthenticatedUser> ServeRequestsAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = await ReceiveAsync(cancellationToken);
        while (true)
        {
            if (++_requests > options.Limits.MaximumRequests)
            {
                throw new SshDisconnectException(DisconnectReason.ByApplication, Blame.Peer,
                    "too many authentication requests");
            }

            if (payload.Span[0] == (byte)MessageNumber.ServiceRequest)
            {
                // Paramiko asks anew before every attempt; what was accepted so far stays as it is.
                AcceptService(payload.Span);
                payload = await ReceiveAsync(cancellationToken);
                continue;
            }

            long arrived = options.TimeProvider.GetTimestamp();
            string method = ReadRequest(payload.Span, out Range fields);
            UserPrompter? prompter = null;
            MethodResult result;
            try
            {
                result = method switch
                {
                    UserAuthMethod.PublicKey or UserAuthMethod.PublicKeyHostBound
                        when Offers(UserAuthMethod.PublicKey) =>
                        await _publicKey!.HandleAsync(method, payload, payload[fields], cancellationToken),
                    UserAuthMethod.Password when Offers(method) =>
                        await PasswordMethod.HandleAsync(authenticator, _context!, options.Limits, payload[fields],
                        cancellationToken),
                    UserAuthMethod.KeyboardInteractive when Offers(method) =>
                        await KeyboardInteractiveMethod.HandleAsync(
                            authenticator, _context!, prompter =
                                new UserPrompter(transport, options.Limits, options.TimeProvider), payload[fields],
                                cancellationToken),
                    _ => MethodResult.NotTaken,
                };
            }
            catch (ConversationAbandonedException)
            {
                result = MethodResult.Abandoned(prompter!.Rounds > 0);
            }

            AuthenticatedUser? user =
                await AnswerAsync(method, result, prompter?.LastAnswered ?? arrived, cancellationToken);
            if (user is not null)
            {
                return user;
            }

            payload = prompter?.NextRequest is { } next ? next : await ReceiveAsync(cancellationToken);
        }
    }

    /// <summary>Holds the request against the connection's user and service, and says which method it names.</summary>
    private string ReadRequest(ReadOnlySpan<byte> payload, out Range fields)
    {
        if (!UserAuthRequestMessage.TryRead(payload, out UserAuthRequestMessage request))
        {
            throw SshDisconnectException.Protocol("expected an authentication request");
        }

        fields = (payload.Length - request.MethodFields.Length)..;
        if (!Ascii.Equals(request.Service, UserAuthMethod.ConnectionService))
        {
            throw new SshDisconnectException(DisconnectReason.ServiceNotAvailable, Blame.Peer,
                "only ssh-connection can be logged in to");
        }

        if (request.User.Length > options.Limits.MaximumUserNameBytes
            || !StrictUtf8.TryDecode(request.User, out string? user)
            || !VisibleText.IsOneLine(user))
        {
            throw new SshDisconnectException(DisconnectReason.IllegalUserName, Blame.Peer,
                "the user name cannot be taken");
        }

        if (_context is null)
        {
            _context = new UserAuthContext(user, options.ClientEndPoint, transport.PeerIdentification);
            _publicKey = new PublicKeyMethod(transport, authenticator, options, _context);
        }
        else if (_context.User != user)
        {
            // RFC 4252 section 5 lets a server flush its state or disconnect: nothing then can be mixed up.
            throw SshDisconnectException.Protocol("the user name may not change within a connection");
        }

        return request.Method.Length <= 64 ? Encoding.ASCII.GetString(request.Method) : "";
    }

    private bool Offers(string method) => _methods.Contains(method);

    private async ValueTask<AuthenticatedUser?> AnswerAsync(
        string method, MethodResult result, long arrived, CancellationToken cancellationToken)
    {
        switch (result.Decision)
        {
            case null when result.WasAnswered:
                return null;
            case null:
                // `none`, methods that are not offered, offers that are vetoed: the same answer at once, nobody was
                // asked.
                PostFailure(partialSuccess: false);
                return null;
            case UserAuthDecision.Accepted accepted:
                await RecordAsync(UserAuthResult.Accepted, method, result, null, cancellationToken);
                Complete(method, result);
                transport.Phase = SshPhase.Connection;
                transport.Post([(byte)MessageNumber.UserAuthSuccess]);
                return new AuthenticatedUser(_context!, accepted.Principal);
            case UserAuthDecision.MoreRequired more:
                await RecordAsync(
                    UserAuthResult.Partial, method, result, $"{string.Join(" or ", more.Methods)} is wanted as well",
                    cancellationToken);
                Complete(method, result);
                _methods = more.Methods;
                PostFailure(partialSuccess: true);
                return null;
            case UserAuthDecision.Refused refused:
                await RecordAsync(UserAuthResult.Refused, method, result, refused.Reason, cancellationToken);
                await RefuseAsync(result.IsGuess, arrived, cancellationToken);
                return null;
            default:
                throw new InvalidOperationException("an authenticator's decision is one of the three");
        }
    }

    private async ValueTask RefuseAsync(bool guess, long arrived, CancellationToken cancellationToken)
    {
        _failures++;
        _guesses += guess ? 1 : 0;
        await WaitForSlotAsync(arrived, cancellationToken);
        if (_failures >= options.Limits.MaximumFailures || _guesses >= options.Limits.MaximumGuesses)
        {
            throw new SshDisconnectException(DisconnectReason.NoMoreAuthMethodsAvailable, Blame.Peer, OutOfTries);
        }

        PostFailure(partialSuccess: false);
    }

    /// <summary>Waits until a whole number of slots has passed since the request came.</summary>
    private async ValueTask WaitForSlotAsync(long arrived, CancellationToken cancellationToken)
    {
        long slot = options.Limits.FailureSlot.Ticks;
        if (slot <= 0)
        {
            return;
        }

        long spent = options.TimeProvider.GetElapsedTime(arrived).Ticks;
        await Task.Delay(TimeSpan.FromTicks(slot - (spent % slot)), options.TimeProvider, cancellationToken);
    }

    private void Complete(string method, MethodResult result)
    {
        string name = method == UserAuthMethod.PublicKeyHostBound ? UserAuthMethod.PublicKey : method;
        _context!.Completed = [.. _context.Completed, new CompletedMethod(name, result.Proof)];
    }

    private ValueTask RecordAsync(
        UserAuthResult outcome, string method, MethodResult result, string? reason,
        CancellationToken cancellationToken) =>
        authenticator.RecordAsync(
            new UserAuthEvent(
                outcome,
                _context!.User,
                method == UserAuthMethod.PublicKeyHostBound ? UserAuthMethod.PublicKey : method,
                options.ClientEndPoint,
                transport.PeerIdentification,
                result.KeyFingerprint,
                result.CertificateSummary,
                reason),
            cancellationToken);

    /// <summary>The connection ends without a login: a record, then the peer is told. The grace token may be spent
    /// already.</summary>
    private async ValueTask EndAsync(DisconnectReason reason, string message)
    {
        string offered = _publicKey?.OfferedSummary ?? "";
        try
        {
            await authenticator.RecordAsync(
                new UserAuthEvent(
                    UserAuthResult.Ended,
                    _context?.User,
                    null,
                    options.ClientEndPoint,
                    transport.PeerIdentification,
                    null,
                    null,
                    offered.Length == 0 ? message : $"{message}; {offered}"),
                CancellationToken.None);
        }
        finally
        {
            await transport.DisconnectAsync(reason, message);
        }
    }

    private async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> payload = await transport.ReceiveAsync(cancellationToken);
        return payload.IsEmpty
            ? throw new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Network,
            "the client went away before login")
            : payload;
    }

    private void PostFailure(bool partialSuccess)
    {
        SshWriter writer = StartAnswer();
        UserAuthFailureMessage.Write(ref writer, _methods, partialSuccess);
        PostAnswer();
    }

    private SshWriter StartAnswer()
    {
        _answer.ResetWrittenCount();
        return new SshWriter(_answer);
    }

    private void PostAnswer() => transport.Post(_answer.WrittenSpan);
}
