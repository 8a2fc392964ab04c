using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Bastion.Ssh;
using Bastion.Ssh.UserAuth;

namespace Bastion.Conformance.Peers;

internal sealed record CommandResult(uint? Status, string? Signal, byte[] Output, byte[] Errors);

/// <summary>Our client role over TCP, as the gateway uses it towards a target.</summary>
internal static class OurClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(40);

    /// <summary>Connects, logs in, runs one command and reads all that it says.</summary>
    public static async Task<(CommandResult? Result, UserAuthOutcome Outcome)> RunAsync(
        StockTarget target, SshAlgorithms algorithms, string user, IReadOnlyList<SshCredential> credentials,
        string command, byte[] input,
        SshLimits? limits = null)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, target.Port, deadline.Token);
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket);
        var options = new SshClientOptions()
        {
            Algorithms = algorithms,
            Limits = limits ?? SshLimits.Default,
            VerifyHostKey = (key, _) => ValueTask.FromResult(target.HostKeys.Contains(key)),
        };
        await using SshClient client = await SshClient.ConnectAsync(new StreamPipe(stream), options, deadline.Token);
        (SshConnection? connection, UserAuthOutcome outcome) =
            await client.AuthenticateAsync(user, credentials, deadline.Token);
        if (connection is null)
        {
            return (null, outcome);
        }

        await using (connection)
        {
            await using Channel channel =
                await connection.OpenChannelAsync(ChannelTypes.Session, default, deadline.Token);
            return (await RunAsync(channel, command, input, deadline.Token), outcome);
        }
    }

    private static async Task<CommandResult> RunAsync(Channel channel, string command, byte[] input,
        CancellationToken cancellationToken)
    {
        if (!await channel.RequestAsync(RequestNames.Exec,
            ExecRequest.Format(System.Text.Encoding.UTF8.GetBytes(command)), cancellationToken))
        {
            throw new InvalidOperationException("the command was not taken");
        }

        Task writing = WriteAsync(channel, input, cancellationToken);
        using var output = new MemoryStream();
        using var errors = new MemoryStream();
        uint? status = null;
        string? signal = null;
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(cancellationToken);
            switch (item.Kind)
            {
                case ChannelItemKind.Data or ChannelItemKind.ExtendedData:
                    (item.Kind == ChannelItemKind.Data ? output : errors).Write(item.Data.Span);
                    channel.Consumed(item.Data.Length);
                    break;
                case ChannelItemKind.Request when item.Request!.Type == RequestNames.ExitStatus:
                    status = ExitStatus.TryParse(item.Request.Payload.Span, out uint number) ? number : null;
                    break;
                case ChannelItemKind.Request when item.Request!.Type == RequestNames.ExitSignal:
                    signal = ExitSignal.Parse(item.Request.Payload.Span)?.Name;
                    break;
                case ChannelItemKind.Close or ChannelItemKind.Disconnected:
                    await writing;
                    return new CommandResult(status, signal, output.ToArray(), errors.ToArray());
            }
        }
    }

    private static async Task WriteAsync(Channel channel, byte[] input, CancellationToken cancellationToken)
    {
        if (await channel.WriteAsync(input, cancellationToken))
        {
            await channel.SendEofAsync(cancellationToken);
        }
    }

    private sealed class StreamPipe(NetworkStream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
