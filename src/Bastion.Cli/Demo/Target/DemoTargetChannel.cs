using System.Text;
using Bastion.Cli.Demo.Machine;
using Bastion.Cli.Demo.Posix;
using Bastion.Ssh;

namespace Bastion.Cli.Demo.Target;

/// <summary>One session channel of the demo target: a shell, a command or the SFTP subsystem.</summary>
internal sealed class DemoTargetChannel(Channel channel, ITargetMachine machine, string account) : IAsyncDisposable
{
    /// <summary>OpenSSH's own channel packet size.</summary>
    private const int BufferSize = 32 * 1024;

    private const int HangUp = 1;

    private static readonly Dictionary<string, int> Signals = new(StringComparer.Ordinal)
    {
        ["HUP"] = 1,
        ["INT"] = 2,
        ["QUIT"] = 3,
        ["ABRT"] = 6,
        ["KILL"] = 9,
        ["USR1"] = 10,
        ["USR2"] = 12,
        ["PIPE"] = 13,
        ["ALRM"] = 14,
        ["TERM"] = 15,
    };

    /// <summary>OpenSSH's own bound on what a client may set.</summary>
    private const int MaximumVariables = 1000;

    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private PtyRequest? _terminal;
    private ChildProcess? _child;
    private Task? _output;

    /// <summary>Without the user's own start-up files, so that the demo's prompt is the same everywhere.</summary>
    private static string[] InteractiveShell { get; } =
        AccountEnvironment.Shell == "/bin/bash" ? ["/bin/bash", "--norc", "-i"] : [AccountEnvironment.Shell, "-i"];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await ReadAsync(cancellationToken);
        }
        catch (Exception error) when (error is IOException or InvalidDataException or OperationCanceledException)
        {
            // The channel ends below, whatever went wrong on it.
        }
    }

    public async ValueTask DisposeAsync()
    {
        _child?.Signal(HangUp);
        _child?.Dispose();
        await channel.CloseAsync();
        if (_output is not null)
        {
            await _output;
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(cancellationToken);
            switch (item.Kind)
            {
                case ChannelItemKind.Data:
                    _ = _child is not null && await _child.Input.WriteAsync(item.Data, cancellationToken);
                    channel.Consumed(item.Data.Length);
                    break;
                case ChannelItemKind.ExtendedData:
                    channel.Consumed(item.Data.Length);
                    break;
                case ChannelItemKind.Eof when _terminal is null:
                    _child?.Input.Dispose();
                    break;
                case ChannelItemKind.Request:
                    bool done = Serve(item.Request!);
                    if (item.Request!.WantReply)
                    {
                        await channel.ReplyAsync(done, cancellationToken);
                    }

                    if (_child is not null)
                    {
                        // Only now: the reply to the request that started the child goes before its output.
                        _output ??= PumpAsync(_child, cancellationToken);
                    }

                    break;
                case ChannelItemKind.Close or ChannelItemKind.Disconnected:
                    return;
            }
        }
    }

    private bool Serve(ChannelRequest request)
    {
        ReadOnlySpan<byte> payload = request.Payload.Span;
        switch (request.Type)
        {
            case RequestNames.PseudoTerminal when _child is null:
                _terminal = PtyRequest.Parse(payload);
                return _terminal is not null;
            case RequestNames.Environment when _child is null && _environment.Count < MaximumVariables
                && EnvironmentVariable.Parse(payload) is { } variable:
                _environment[variable.Name] = variable.Value;
                return true;
            case RequestNames.WindowChange when _terminal is not null
                && WindowChange.TryParse(payload, out WindowChange size):
                _child?.Resize(new TerminalSize(size.Columns, size.Rows));
                return true;
            case RequestNames.Signal when NameRequest.Parse(payload) is { } name
                && Signals.TryGetValue(name, out int signal):
                _child?.Signal(signal);
                return true;
            case RequestNames.Shell when _child is null:
                return Start(InteractiveShell);
            case RequestNames.Exec when _child is null
                && ExecRequest.TryParse(request.Payload, out ReadOnlyMemory<byte> command):
                return Start([AccountEnvironment.Shell, "-c", Encoding.UTF8.GetString(command.Span)]);
            case RequestNames.Subsystem when _child is null && NameRequest.Parse(payload) == "sftp":
                return machine.SftpServer is { } server && Start(server);
            default:
                return false;
        }
    }

    private bool Start(IReadOnlyList<string> arguments)
    {
        TerminalSize? terminal = null;
        if (_terminal is { } asked)
        {
            _environment["TERM"] = asked.Term;
            terminal = new TerminalSize(asked.Columns, asked.Rows);
        }

        try
        {
            _child = machine.Start(
                new MachineProgram(account, arguments) { Environment = _environment, Terminal = terminal });
            return true;
        }
        catch (IOException)
        {
            // The machine went down a moment ago.
            return false;
        }
    }

    /// <summary>Both streams to their ends, then how the child ended: in this order, so nothing overtakes the
    /// output.</summary>
    private async Task PumpAsync(ChildProcess child, CancellationToken cancellationToken)
    {
        try
        {
            Task errors = child.Error is { } error
                ? CopyAsync(error, channel.WriteExtendedAsync, cancellationToken)
                : Task.CompletedTask;
            await CopyAsync(child.Output, channel.WriteAsync, cancellationToken);
            await errors;
            ChildExit exit = await child.Exited.WaitAsync(cancellationToken);
            if (exit.Signal != 0)
            {
                string name = Signals.FirstOrDefault(pair => pair.Value == exit.Signal).Key ?? "TERM";
                await channel.SendRequestAsync(
                    RequestNames.ExitSignal, wantReply: false, new ExitSignal(name, false, "").Format(),
                    cancellationToken);
            }

            await EndAsync(exit.Signal == 0 ? (uint)exit.Status : null, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The demo is being stopped; the child is signalled by whoever reads the channel.
        }
    }

    private async Task EndAsync(uint? status, CancellationToken cancellationToken)
    {
        if (status is { } number)
        {
            await channel.SendRequestAsync(
                RequestNames.ExitStatus, wantReply: false, ExitStatus.Format(number), cancellationToken);
        }

        await channel.SendEofAsync(cancellationToken);
        await channel.CloseAsync();
    }

    private delegate ValueTask<bool> Writing(ReadOnlyMemory<byte> data, CancellationToken cancellationToken);

    private static async Task CopyAsync(Descriptor from, Writing write, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[BufferSize];
        int count;
        while ((count = await from.ReadAsync(buffer, cancellationToken)) > 0)
        {
            if (!await write(buffer.AsMemory(0, count), cancellationToken))
            {
                return;
            }
        }
    }
}
