using System.Net;
using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Tests.Connection;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.UserAuth;

/// <summary>Our server's side of a login whose client is the test itself, message by message.</summary>
internal sealed class ScriptedLogin : IDisposable
{
    public static readonly byte[] HostKey = [7, 7, 7];

    private readonly CancellationTokenSource _grace = new();

    public ScriptedLogin(TestAuthenticator authenticator, UserAuthServerOptions? options = null)
    {
        (Client, Server) = MemoryTransport.CreatePair();
        Server.Phase = SshPhase.ServiceRequest;
        Server.HostKeyBlob = HostKey;
        options ??= new UserAuthServerOptions();
        Run = new UserAuthServer(Server, authenticator, options with
        {
            ClientEndPoint = options.ClientEndPoint ?? new IPEndPoint(IPAddress.Parse("198.51.100.9"), 40_000),
            Limits = options.Limits with { FailureSlot = TimeSpan.Zero },
        }).RunAsync(_grace.Token);
    }

    public MemoryTransport Client { get; }

    public MemoryTransport Server { get; }

    public Task<AuthenticatedUser> Run { get; }

    public static async Task<ScriptedLogin> StartAsync(TestAuthenticator authenticator,
        UserAuthServerOptions? options = null)
    {
        var login = new ScriptedLogin(authenticator, options);
        login.Client.Send(m => m.Number(MessageNumber.ServiceRequest).String("ssh-userauth"));
        await login.Client.ReceiveAsync(MessageNumber.ServiceAccept);
        return login;
    }

    public void EndGrace() => _grace.Cancel();

    public void Send(string user, string method, Action<MessageBuilder>? fields = null,
        string service = "ssh-connection") =>
        Client.Send(m =>
        {
            m.Number(MessageNumber.UserAuthRequest).String(user).String(service).String(method);
            fields?.Invoke(m);
        });

    public void Offer(string user, SshPublicKey key, string? algorithm = null) =>
        Send(user, "publickey",
        m => m.Boolean(false).String(algorithm ?? key.SignatureAlgorithms[0]).String(key.Blob.Span));

    public void Password(string user, string password) =>
        Send(user, "password", m => m.Boolean(false).String(password));

    public void Interactive(string user) => Send(user, "keyboard-interactive", m => m.String("").String(""));

    public void Answer(params string[] answers) => Client.Send(m =>
    {
        m.Number(MessageNumber.UserAuthMethod61).UInt32((uint)answers.Length);
        foreach (string answer in answers)
        {
            m.String(answer);
        }
    });

    /// <summary>A signed request; each part can be told apart from what is signed, as an attacker would.</summary>
    public void Sign(
        string user, ISshSigner signer, string? signedUser = null, byte[]? sessionId = null, SshPublicKey? shown = null,
        string? signedService = null,
        string method = "publickey", byte[]? hostKey = null, string? algorithm = null)
    {
        algorithm ??= signer.PublicKey.SignatureAlgorithms[0];
        SshPublicKey key = shown ?? signer.PublicKey;
        byte[] Body(string name, string service)
        {
            MessageBuilder m = new MessageBuilder().Number(MessageNumber.UserAuthRequest)
                .String(name).String(service).String(method).Boolean(true).String(algorithm).String(key.Blob.Span);
            return (hostKey is null ? m : m.String(hostKey)).ToArray();
        }

        byte[] signed = new MessageBuilder().String(sessionId ?? Server.SessionId.Span)
            .Bytes(Body(signedUser ?? user, signedService ?? "ssh-connection")).ToArray();
        byte[] signature = signer.SignAsync(algorithm, signed, default).AsTask().Result;
        Client.Send(m => m.Bytes(Body(user, "ssh-connection")).String(signature));
    }

    /// <summary>The methods that can continue, and whether it was a partial success.</summary>
    public async Task<(string Methods, bool Partial)> FailureAsync()
    {
        byte[] payload = await Client.ReceiveAsync(MessageNumber.UserAuthFailure);
        Assert.True(UserAuthFailureMessage.TryRead(payload, out UserAuthFailureMessage failure));
        return (Encoding.ASCII.GetString(failure.Methods), failure.PartialSuccess);
    }

    public async Task<AuthenticatedUser> SuccessAsync()
    {
        byte[] payload = await Client.ReceiveAsync(MessageNumber.UserAuthSuccess);
        Assert.Single(payload);
        Assert.Equal(SshPhase.Connection, Server.Phase);
        return await Run.WaitAsync(TimeSpan.FromSeconds(10));
    }

    public async Task<SshDisconnectException> EndAsync() =>
        await Assert.ThrowsAsync<SshDisconnectException>(() => Run.WaitAsync(TimeSpan.FromSeconds(10)));

    public void Dispose() => _grace.Dispose();
}
