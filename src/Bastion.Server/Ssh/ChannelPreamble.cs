using System.Text;
using Bastion.Control.Gating.Intents;
using Bastion.Policy;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>What a client asks to be started on a session channel: one of exec, shell, subsystem, once.</summary>
internal sealed record StartRequest(string Type, ReadOnlyMemory<byte> Argument, bool WantReply);

/// <summary>
/// Reads a session channel up to its start request: terminal, environment, and what is refused on the way. Nothing of
/// it reaches the target before the gate has released what is to be started.
/// </summary>
internal sealed class ChannelPreamble(Channel client)
{
    /// <summary>Variables of one channel. OpenSSH sends LANG and LC_*: a dozen.</summary>
    private const int MaximumVariables = 64;

    /// <summary>Bytes of one variable's name and value.</summary>
    private const int MaximumVariableLength = 4096;

    /// <summary>Names of refused requests that are remembered for the journal.</summary>
    private const int MaximumRefused = 8;

    private readonly List<EnvironmentVariable> _environment = [];
    private readonly List<string> _refused = [];

    public PtyRequest? Terminal { get; private set; }

    /// <summary>As sent. What is not granted is left out at the start without a word, as sshd does.</summary>
    public IReadOnlyList<EnvironmentVariable> Environment => _environment;

    /// <summary>What was asked for on this channel and is not offered: X11 forwarding among others.</summary>
    public IReadOnlyList<string> Refused => _refused;

    /// <summary>Why, in the requester's words: BASTION_REASON, or asked at the terminal. It goes no further than the
    /// gateway.</summary>
    public string? Reason { get; set; }

    /// <summary>BASTION_WAIT=0: rather fail at once than wait for approval.</summary>
    public bool Waits { get; private set; } = true;

    /// <summary>BASTION_JSON=1: what the gateway says is read by a program.</summary>
    public bool Json { get; private set; }

    /// <summary>Null when the channel closed before anything was started.</summary>
    /// <param name="lendAgent">Asks the gate whether what is to be started may use the client's agent, and says why
    /// when it may not.</param>
    public async ValueTask<StartRequest?> ReadAsync(
        Func<CancellationToken, ValueTask<bool>> lendAgent, CancellationToken cancellationToken)
    {
        while (true)
        {
            ChannelItem item = await client.ReadAsync(cancellationToken);
            switch (item.Kind)
            {
                case ChannelItemKind.Close:
                case ChannelItemKind.Disconnected:
                    return null;
                case ChannelItemKind.Data:
                case ChannelItemKind.ExtendedData:
                    // Input for something that was never started.
                    client.Consumed(item.Data.Length);
                    break;
                case ChannelItemKind.Request
                    when await HandleAsync(item.Request!, lendAgent, cancellationToken) is { } start:
                    return start;
            }
        }
    }

    private async ValueTask<StartRequest?> HandleAsync(
        ChannelRequest request, Func<CancellationToken, ValueTask<bool>> lendAgent, CancellationToken cancellationToken)
    {
        bool accepted = false;
        switch (request.Type)
        {
            case RequestNames.Exec or RequestNames.Subsystem
                when ExecRequest.TryParse(request.Payload, out ReadOnlyMemory<byte> argument):
                return new StartRequest(request.Type, argument, request.WantReply);
            case RequestNames.Shell when request.Payload.IsEmpty:
                return new StartRequest(request.Type, default, request.WantReply);
            case RequestNames.PseudoTerminal when Terminal is null:
                Terminal = PtyRequest.Parse(request.Payload.Span);
                accepted = Terminal is not null;
                break;
            case RequestNames.WindowChange
                when Terminal is not null && WindowChange.TryParse(request.Payload.Span, out WindowChange size):
                Terminal = Terminal with
                {
                    Columns = size.Columns,
                    Rows = size.Rows,
                    WidthPixels = size.WidthPixels,
                    HeightPixels = size.HeightPixels,
                };
                accepted = true;
                break;
            case RequestNames.Environment
                when request.Payload.Length <= MaximumVariableLength
                    && EnvironmentVariable.Parse(request.Payload.Span) is { } variable:
                accepted = Take(variable);
                break;
            case RequestNames.AgentForwarding when request.Payload.IsEmpty:
                accepted = await lendAgent(cancellationToken);
                break;
            default:
                Refuse(request.Type);
                break;
        }

        if (request.WantReply)
        {
            await client.ReplyAsync(accepted, cancellationToken);
        }

        return null;
    }

    private void Refuse(string type)
    {
        if (_refused.Count < MaximumRefused && !_refused.Contains(type))
        {
            _refused.Add(type);
        }
    }

    private bool Take(EnvironmentVariable variable)
    {
        switch (variable.Name)
        {
            case "BASTION_REASON":
                Reason = variable.Value;
                return true;
            case "BASTION_WAIT":
                Waits = variable.Value != "0";
                return true;
            case "BASTION_JSON":
                Json = variable.Value == "1";
                return true;
            default:
                if (_environment.Count >= MaximumVariables)
                {
                    return false;
                }

                _environment.Add(variable);
                return true;
        }
    }

    public IntentContext SettingOf(int channel) =>
        new(channel, WorkingDirectory: null, Reason, HasTerminal: Terminal is not null);

    public StartIntent IntentOf(StartRequest start, int channel, ShellKind shell) => start.Type switch
    {
        RequestNames.Exec => new ExecIntent(start.Argument.Span, SettingOf(channel)),
        RequestNames.Subsystem =>
            new SubsystemIntent(Encoding.UTF8.GetString(start.Argument.Span), SettingOf(channel)),
        _ when Terminal is null => new ShellOnInputIntent(SettingOf(channel)),
        _ => new ShellIntent(shell, SettingOf(channel)),
    };
}
