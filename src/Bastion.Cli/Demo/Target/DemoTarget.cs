using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Bastion.Cli.Demo.Machine;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Cli.Demo.Target;

/// <summary>
/// The SSH server of the machine behind the gateway in the demo: our server role on loopback, which gives real shells
/// on real pseudo-terminals of that machine, to nobody but the holder of one key. It runs outside, where nothing that
/// is done on the machine reaches it.
/// </summary>
internal sealed class DemoTarget : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly SshServerOptions _options;
    private readonly OneKey _authenticator;
    private readonly ITargetMachine _machine;
    private readonly Task _accepting;

    private DemoTarget(SshPrivateKey hostKey, SshPublicKey gatewayKey, ITargetMachine machine)
    {
        _options = new SshServerOptions { HostKeys = [hostKey] };
        _authenticator = new OneKey(gatewayKey, machine);
        _machine = machine;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public static DemoTarget Start(SshPrivateKey hostKey, SshPublicKey gatewayKey, ITargetMachine machine) =>
        new(hostKey, gatewayKey, machine);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Socket socket = await _listener.AcceptAsync(_stop.Token);
                Task serving = ServeAsync(socket);
                _connections.TryAdd(serving, true);
                _ = serving.ContinueWith(
                    done => _connections.TryRemove(done, out _), CancellationToken.None,
                    TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // A client that went away between its SYN and our accept.
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        // A machine that goes down takes its connections with it, and one that is down takes none.
        using var running = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token, _machine.Running);
        try
        {
            (SshConnection connection, AuthenticatedUser user) = await SshServer.AcceptAsync(
                new StreamPipe(stream), _options, new UserAuthServerOptions { Methods = [UserAuthMethod.PublicKey] },
                _authenticator, running.Token);
            await using (connection)
            {
                await ServeChannelsAsync(connection, user.User, running.Token);
            }
        }
        catch (Exception error) when (error is SshDisconnectException or IOException or OperationCanceledException)
        {
            // The gateway is the only client, and it keeps the record of what went wrong.
        }
    }

    private async Task ServeChannelsAsync(
        SshConnection connection, string account, CancellationToken cancellationToken)
    {
        var channels = new List<Task>();
        while (await connection.AcceptAsync(cancellationToken) is { } incoming)
        {
            channels.RemoveAll(task => task.IsCompleted);
            switch (incoming)
            {
                case ChannelOpenRequest { Type: ChannelTypes.Session } open:
                    Channel channel = await open.AcceptAsync(cancellationToken);
                    channels.Add(ServeAsync(channel, account, cancellationToken));
                    break;
                case ChannelOpenRequest open:
                    await open.RejectAsync(
                        ChannelOpenFailureReason.UnknownChannelType, "the demo target has sessions only",
                        cancellationToken);
                    break;
                case GlobalRequest request:
                    request.Reply(success: false);
                    break;
            }
        }

        await Task.WhenAll(channels);
    }

    private async Task ServeAsync(Channel channel, string account, CancellationToken cancellationToken)
    {
        await using var session = new DemoTargetChannel(channel, _machine, account);
        await session.RunAsync(cancellationToken);
    }

    private sealed class StreamPipe(NetworkStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>Lets in whoever holds the one key, into an account that there is.</summary>
    private sealed class OneKey(SshPublicKey key, ITargetMachine machine) : IUserAuthenticator
    {
        public ValueTask<UserAuthDecision> AuthenticateKeyAsync(
            UserAuthContext context, VerifiedKey proof, CancellationToken cancellationToken) =>
            ValueTask.FromResult(
                machine.HasAccount(context.User)
                && CryptographicOperations.FixedTimeEquals(proof.Key.Blob.Span, key.Blob.Span)
                ? UserAuthDecision.Accept()
                : UserAuthDecision.Refuse("no such account, or not the gateway's key"));

        public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
