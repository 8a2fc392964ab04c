using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Bastion.Cli.Demo.Posix;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Cli.Demo;

/// <summary>
/// The machine behind the gateway in the demo: our SSH server role on loopback, which gives a real shell on a real
/// pseudo-terminal in a directory of its own, to nobody but the holder of one key.
/// </summary>
internal sealed class DemoTarget : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly DescriptorPoller _poller = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly SshServerOptions _options;
    private readonly OneKey _authenticator;
    private readonly string _home;
    private readonly Task _accepting;

    private DemoTarget(SshPrivateKey hostKey, SshPublicKey gatewayKey, string home)
    {
        _options = new SshServerOptions { HostKeys = [hostKey] };
        _authenticator = new OneKey(gatewayKey);
        _home = home;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <param name="home">Where shells start and what relative paths of SFTP mean.</param>
    public static DemoTarget Start(SshPrivateKey hostKey, SshPublicKey gatewayKey, string home) =>
        new(hostKey, gatewayKey, home);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections.Keys);
        _poller.Dispose();
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
        try
        {
            (SshConnection connection, _) = await SshServer.AcceptAsync(
                new StreamPipe(stream), _options, new UserAuthServerOptions { Methods = [UserAuthMethod.PublicKey] },
                _authenticator, _stop.Token);
            await using (connection)
            {
                await ServeChannelsAsync(connection);
            }
        }
        catch (Exception error) when (error is SshDisconnectException or IOException or OperationCanceledException)
        {
            // The gateway is the only client, and it keeps the record of what went wrong.
        }
    }

    private async Task ServeChannelsAsync(SshConnection connection)
    {
        var channels = new List<Task>();
        while (await connection.AcceptAsync(_stop.Token) is { } incoming)
        {
            channels.RemoveAll(task => task.IsCompleted);
            switch (incoming)
            {
                case ChannelOpenRequest { Type: ChannelTypes.Session } open:
                    Channel channel = await open.AcceptAsync(_stop.Token);
                    channels.Add(ServeAsync(channel));
                    break;
                case ChannelOpenRequest open:
                    await open.RejectAsync(
                        ChannelOpenFailureReason.UnknownChannelType, "the demo target has sessions only", _stop.Token);
                    break;
                case GlobalRequest request:
                    request.Reply(success: false);
                    break;
            }
        }

        await Task.WhenAll(channels);
    }

    private async Task ServeAsync(Channel channel)
    {
        await using var session = new DemoTargetChannel(channel, _poller, _home);
        await session.RunAsync(_stop.Token);
    }

    private sealed class StreamPipe(NetworkStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>Lets in whoever holds the one key, under any name.</summary>
    private sealed class OneKey(SshPublicKey key) : IUserAuthenticator
    {
        public ValueTask<UserAuthDecision> AuthenticateKeyAsync(
            UserAuthContext context, VerifiedKey proof, CancellationToken cancellationToken) =>
            ValueTask.FromResult(CryptographicOperations.FixedTimeEquals(proof.Key.Blob.Span, key.Blob.Span)
                ? UserAuthDecision.Accept()
                : UserAuthDecision.Refuse("not the gateway's key"));

        public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
