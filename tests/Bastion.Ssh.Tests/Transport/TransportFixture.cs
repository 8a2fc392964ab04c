using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>Both roles of the transport on one pair of pipes, after their first key exchange.</summary>
internal sealed class TransportFixture : IAsyncDisposable
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public static readonly SshPrivateKey HostKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);

    private TransportFixture(SshTransport client, SshTransport server, PipePair pipes)
    {
        Client = client;
        Server = server;
        Pipes = pipes;
    }

    public SshTransport Client { get; }

    public SshTransport Server { get; }

    public PipePair Pipes { get; }

    public static SshAlgorithms Algorithms { get; } = SshAlgorithms.ForClient with
    {
        KeyExchange = ["curve25519-sha256"],
        Cipher = ["aes128-gcm@openssh.com"],
    };

    public static SshServerOptions ServerOptions { get; } = new()
    {
        HostKeys = [HostKey],
        Algorithms = Algorithms,
    };

    public static SshClientOptions ClientOptions { get; } = new()
    {
        VerifyHostKey = (key, _) => ValueTask.FromResult(key.Equals(HostKey.PublicKey)),
        Algorithms = Algorithms,
    };

    public static Task<TransportFixture> StartAsync(SshAlgorithms algorithms, PipePair? pipes = null) => StartAsync(
        ServerOptions with { Algorithms = algorithms }, ClientOptions with { Algorithms = algorithms }, pipes);

    public static async Task<TransportFixture> StartAsync(
        SshServerOptions? server = null, SshClientOptions? client = null, PipePair? pipes = null)
    {
        pipes ??= new PipePair();
        using var deadline = new CancellationTokenSource(Deadline);
        Task<ITransport> serving = SshTransport.StartServerAsync(pipes.Server, server ?? ServerOptions, deadline.Token);
        Task<ITransport> connecting =
            SshTransport.StartClientAsync(pipes.Client, client ?? ClientOptions, deadline.Token);
        await Task.WhenAll(serving, connecting);
        return new TransportFixture((SshTransport)await connecting, (SshTransport)await serving, pipes);
    }

    /// <summary>As after a login: the service was asked for, and both sides' extensions have arrived.</summary>
    public async Task EnterConnectionPhaseAsync()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        await Client.SendAsync(new byte[] { (byte)MessageNumber.ServiceRequest }, default, deadline.Token);
        await Server.ReceiveAsync(deadline.Token);
        await Server.SendAsync(new byte[] { (byte)MessageNumber.ServiceAccept }, default, deadline.Token);
        await Client.ReceiveAsync(deadline.Token);
        Client.Phase = SshPhase.Connection;
        Server.Phase = SshPhase.Connection;
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}
