using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bastion.Server.Ssh.Sockets;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Server.Tests.Ssh;

/// <summary>A target that does what the test says and remembers everything that reached it.</summary>
internal sealed class FakeTarget : IAsyncDisposable, IUserAuthenticator
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly CancellationTokenSource _stop = new();
    private readonly SshPublicKey _accepted;
    private readonly Task _accepting;

    private FakeTarget(SshPublicKey accepted)
    {
        _accepted = accepted;
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _accepting = AcceptAsync();
    }

    public SshPrivateKey HostKey { get; } = SshPrivateKey.Generate(SshKeyKind.Ed25519);

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>Every channel request that came, as `type payload`.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public int Logins { get; private set; }

    /// <summary>The gateway's connection that asked for something last.</summary>
    public SshConnection? Connection { get; private set; }

    /// <summary>What runs a started command: by default it echoes the command and exits with 0.</summary>
    public Func<Channel, string, Task> Command { get; set; } = async (channel, command) =>
    {
        await channel.WriteAsync(Encoding.UTF8.GetBytes($"ran {command}\n"), RelayWorld.Deadline());
        await ExitAsync(channel, 0);
    };

    public static FakeTarget Start(SshPublicKey accepted) => new(accepted);

    public static async Task ExitAsync(Channel channel, uint status)
    {
        await channel.SendRequestAsync("exit-status", false, ExitStatus.Format(status), RelayWorld.Deadline());
        await channel.SendEofAsync(RelayWorld.Deadline());
        await channel.CloseAsync();
    }

    public ValueTask<UserAuthDecision> AuthenticateKeyAsync(
        UserAuthContext context, VerifiedKey key, CancellationToken cancellationToken)
    {
        Logins++;
        return ValueTask.FromResult(
            key.Key.Equals(_accepted) && context.User == "app"
                ? UserAuthDecision.Accept()
                : UserAuthDecision.Refuse("no"));
    }

    public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken) => default;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        List<Task> connections = [];
        try
        {
            while (true)
            {
                connections.Add(ServeAsync(await _listener.AcceptAsync(_stop.Token)));
            }
        }
        catch (Exception closed)
            when (closed is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            await Task.WhenAll(connections).WaitAsync(TimeSpan.FromSeconds(20));
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var pipe = new SocketPipe(socket);
        try
        {
            (SshConnection connection, _) = await SshServer.AcceptAsync(
                pipe, new SshServerOptions { HostKeys = [HostKey] }, new UserAuthServerOptions
                {
                    Methods = [UserAuthMethod.PublicKey],
                },
                this, _stop.Token);
            await using (connection)
            {
                List<Task> channels = [];
                while (await connection.AcceptAsync(_stop.Token) is { } request)
                {
                    Connection = connection;
                    if (request is GlobalRequest global)
                    {
                        Requests.Enqueue(global.Name);
                        global.Reply(success: true);
                    }

                    if (request is ChannelOpenRequest open)
                    {
                        Channel channel = await open.AcceptAsync(_stop.Token);
                        channels.Add(open.Type == "session"
                            ? ServeChannelAsync(channel)
                            : ServeForwardAsync(open, channel));
                    }
                }

                await Task.WhenAll(channels);
            }
        }
        catch (Exception over) when (over is SshDisconnectException or OperationCanceledException)
        {
            // The gateway left.
        }
    }

    /// <summary>Says where it was asked to connect, then what it gets.</summary>
    private async Task ServeForwardAsync(ChannelOpenRequest open, Channel channel)
    {
        TcpIpChannel to = TcpIpChannel.Parse(open.ExtraData.Span)!;
        await channel.WriteAsync(Encoding.UTF8.GetBytes($"{to.Host}:{to.Port} "), _stop.Token);
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(_stop.Token);
            if (item.Kind != ChannelItemKind.Data)
            {
                await channel.SendEofAsync(_stop.Token);
                await channel.CloseAsync();
                return;
            }

            await channel.WriteAsync(item.Data, _stop.Token);
            channel.Consumed(item.Data.Length);
        }
    }

    private async Task ServeChannelAsync(Channel channel)
    {
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(_stop.Token);
            switch (item.Kind)
            {
                case ChannelItemKind.Close:
                case ChannelItemKind.Disconnected:
                    await channel.CloseAsync();
                    return;
                case ChannelItemKind.Request:
                    string text = ExecRequest.TryParse(item.Request!.Payload, out ReadOnlyMemory<byte> argument)
                        ? Encoding.UTF8.GetString(argument.Span)
                        : EnvironmentVariable.Parse(item.Request.Payload.Span)?.Name ?? "";
                    Requests.Enqueue($"{item.Request.Type} {text}".TrimEnd());
                    if (item.Request.WantReply)
                    {
                        await channel.ReplyAsync(true, _stop.Token);
                    }

                    if (item.Request.Type is "exec" or "shell" or "subsystem")
                    {
                        await Command(channel, text);
                        return;
                    }

                    break;
            }
        }
    }
}
