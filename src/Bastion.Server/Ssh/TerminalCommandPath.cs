using Bastion.Analysis.Terminal;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// A released command at a terminal (`ssh -t`). What is typed into it is not judged, but it is read as far as it takes
/// to leave passwords out of the recording.
/// </summary>
internal sealed class TerminalCommandPath(ChannelEnds ends, int columns, int rows) : IChannelPath
{
    private readonly Lock _lock = new();
    private readonly ObservedShell _terminal = new(columns, rows, _ => false);
    private readonly TypedInput _typed = new(ends.Recorder);

    public bool IsFullScreen
    {
        get
        {
            lock (_lock)
            {
                return _terminal.FullScreen;
            }
        }
    }

    public async ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        await ends.Session.Flow.FreeAsync(cancellationToken);
        ReadOnlyMemory<byte> rest = data;
        while (!rest.IsEmpty)
        {
            InputStep step;
            bool fullScreen;
            lock (_lock)
            {
                step = _terminal.ClientInput(rest.Span);
                fullScreen = _terminal.FullScreen;
            }

            await _typed.KeysAsync(rest[..step.Forward], fullScreen, IsEchoed);
            if (step.Submission == 0)
            {
                break;
            }

            await _typed.SubmittedAsync(rest.Slice(step.Forward, step.Submission), Submit(fullScreen));
            rest = rest[(step.Forward + step.Submission)..];
        }

        await ends.Target.ForwardAsync(data, cancellationToken);
    }

    public async ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _terminal.TargetOutput(data.Span);
        }

        await ends.Recorder.OutputAsync(data);
        await ends.Client.WriteAsync(data, cancellationToken);
    }

    public void Resized(WindowChange size)
    {
        if (size is { Columns: > 0 and <= 1000, Rows: > 0 and <= 1000 })
        {
            lock (_lock)
            {
                _terminal.Resize((int)size.Columns, (int)size.Rows);
            }
        }
    }

    public ValueTask DisposeAsync() => _typed.FlushAsync(IsEchoed());

    private bool IsEchoed()
    {
        lock (_lock)
        {
            return _terminal.Echoed;
        }
    }

    /// <summary>True when the line stands on the screen. Nothing waits for an echo here: what has not come counts as
    /// hidden.</summary>
    private bool Submit(bool fullScreen)
    {
        lock (_lock)
        {
            bool echoed = fullScreen || _terminal.Read().Echoed;
            _terminal.Submitted();
            return echoed;
        }
    }
}
