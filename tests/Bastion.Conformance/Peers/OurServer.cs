using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Bastion.Cli.Demo.Machine;
using Bastion.Cli.Demo.Posix;
using Bastion.Cli.Demo.Target;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Conformance.Peers;

/// <summary>Our server role on loopback, with real shells, commands and SFTP behind it.</summary>
internal sealed class OurServer : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly DescriptorPoller _poller = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = new();
    private readonly SshServerOptions _options;
    private readonly Authenticator _authenticator;
    private readonly UnconfinedMachine _machine;
    private readonly Task _accepting;

    public OurServer(TestKeyRing keys, SshAlgorithms algorithms)
    {
        Home = Directory.CreateDirectory(keys.PathOf("home")).FullName;
        _machine = new UnconfinedMachine(_poller, Home, new TargetUser(Number: null), limits: []);
        _options = new SshServerOptions { HostKeys = keys.HostKeys, Algorithms = algorithms };
        _authenticator = new Authenticator(keys);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        Port = ((IPEndPoint)_listener.LocalEndPoint!).Port;
        KnownHosts = keys.WriteKnownHosts(Port);
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public string KnownHosts { get; }

    /// <summary>Where shells start and SFTP's relative paths lead.</summary>
    public string Home { get; }

    /// <summary>Everything the authenticator was told, and how each connection ended.</summary>
    public ConcurrentQueue<UserAuthEvent> Logins => _authenticator.Events;

    public ConcurrentQueue<string> Ends { get; } = [];

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
                foreach (Task done in _connections.Keys.Where(task => task.IsCompleted))
                {
                    _connections.TryRemove(done, out bool _);
                }

                _connections.TryAdd(ServeAsync(socket), true);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await Task.Yield();
        socket.NoDelay = true;
        var userAuth = new UserAuthServerOptions()
        {
            ClientEndPoint = socket.RemoteEndPoint,
            Methods = [UserAuthMethod.PublicKey, UserAuthMethod.KeyboardInteractive, UserAuthMethod.Password],
            Banner = "conformance\r\n",
        };
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            (SshConnection connection, _) =
                await SshServer.AcceptAsync(new StreamPipe(stream), _options, userAuth, _authenticator, _stop.Token);
            await using (connection)
            {
                await ServeChannelsAsync(connection);
                Ends.Enqueue(connection.EndReason?.Message ?? "");
            }
        }
        catch (Exception error) when (error is SshDisconnectException or IOException or OperationCanceledException)
        {
            Ends.Enqueue(error.Message);
        }
    }

    private async Task ServeChannelsAsync(SshConnection connection)
    {
        List<Task> channels = [];
        while (await connection.AcceptAsync(_stop.Token) is { } incoming)
        {
            switch (incoming)
            {
                case ChannelOpenRequest { Type: ChannelTypes.Session } open:
                    channels.Add(ServeAsync(await open.AcceptAsync(_stop.Token)));
                    break;
                case ChannelOpenRequest open:
                    await open.RejectAsync(ChannelOpenFailureReason.UnknownChannelType, "sessions only", _stop.Token);
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
        await using var session = new DemoTargetChannel(channel, _machine, "app");
        await session.RunAsync(_stop.Token);
    }

    private sealed class StreamPipe(NetworkStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }

    /// <summary>
    /// alice by any of her keys or a certificate; coded by a key and then the code 123456; secret by the password
    /// `open sesame`, as a password or at a prompt.
    /// </summary>
    private sealed class Authenticator(TestKeyRing keys) : IUserAuthenticator
    {
        public ConcurrentQueue<UserAuthEvent> Events { get; } = [];

        public IReadOnlyList<SshPublicKey> CertificateAuthorities { get; } = [keys.Authority.PublicKey];

        public ValueTask<UserAuthDecision> AuthenticateKeyAsync(UserAuthContext context, VerifiedKey key,
            CancellationToken cancellationToken)
        {
            bool known = keys.IsUserKey(key.Key);
            return ValueTask.FromResult(context.User switch
            {
                TestKeyRing.User when known => UserAuthDecision.Accept(),
                "coded" when known => UserAuthDecision.RequireMore(UserAuthMethod.KeyboardInteractive),
                _ => UserAuthDecision.Refuse("not a key of this user"),
            });
        }

        public ValueTask<UserAuthDecision> AuthenticatePasswordAsync(UserAuthContext context, string password,
            CancellationToken cancellationToken) =>
            ValueTask.FromResult(context.User == "secret" && password == "open sesame"
            ? UserAuthDecision.Accept()
            : UserAuthDecision.Refuse("wrong password"));

        public async ValueTask<UserAuthDecision> AuthenticateInteractivelyAsync(
            UserAuthContext context, IUserPrompter prompter, CancellationToken cancellationToken)
        {
            bool code = context.User == "coded";
            IReadOnlyList<string> answers = await prompter.AskAsync(
                "", "", [new UserPrompt(code ? "Verification code: " : "Password: ", false)], cancellationToken);
            bool good = code
                ? context.Completed.Count == 1 && answers[0] == "123456"
                : context.User == "secret" && answers[0] == "open sesame";
            return good ? UserAuthDecision.Accept() : UserAuthDecision.Refuse("wrong answer");
        }

        public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken)
        {
            Events.Enqueue(userAuthEvent);
            return ValueTask.CompletedTask;
        }
    }
}
