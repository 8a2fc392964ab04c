using System.Text;
using Bastion.Analysis.Terminal;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Server.Ssh.Sockets;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// An interactive shell whose lines are read off the terminal when Enter is pressed. Keys pass as they are typed; the
/// key that submits a line is held until the gate has let the line through. An aid against mistakes, not a boundary.
/// </summary>
internal sealed class ObservedShellPath(ChannelEnds ends, int columns, int rows) : IChannelPath
{
    /// <summary>A target that talks without pause does not hold Enter back for longer.</summary>
    private static readonly TimeSpan MaximumEchoWait = TimeSpan.FromSeconds(2);

    /// <summary>To the end of the line, then erase to its start: readline, and the terminal's own line
    /// editor.</summary>
    private static readonly byte[] ClearLine = [5, 21];

    private static readonly byte[] Interrupt = [3];

    private readonly Lock _lock = new();
    private readonly ObservedShell _shell = new(
        columns, rows,
        text => ends.Session.Analyzer.AnalyzeShell(text).Completeness == Analysis.Completeness.Incomplete);
    private readonly TypedInput _typed = new(ends.Recorder);
    private readonly EchoClock _clock = new(ends.Session.Time);
    private TaskCompletionSource? _output;
    private bool _promptPending = true;

    public bool IsFullScreen
    {
        get
        {
            lock (_lock)
            {
                return _shell.FullScreen;
            }
        }
    }

    public async ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty)
        {
            await ends.Session.Flow.FreeAsync(cancellationToken);
            if (_promptPending && !IsSignal(data.Span[0]))
            {
                // A line begins where the cursor stands when its first key comes: the prompt has to be there by then.
                await QuietAsync(untilEchoed: false, cancellationToken);
                _promptPending = false;
            }

            InputStep step;
            bool fullScreen;
            lock (_lock)
            {
                step = _shell.ClientInput(data.Span);
                fullScreen = _shell.FullScreen;
                if (step.Forward > 0)
                {
                    _clock.Forwarded();
                }
            }

            await _typed.KeysAsync(data[..step.Forward], fullScreen, IsEchoed);
            if (step.Forward > 0)
            {
                await ends.Target.ForwardAsync(data[..step.Forward], cancellationToken);
            }

            if (step.Submission == 0)
            {
                // An interrupt: what was typed behind it waits for the new prompt.
                data = data[step.Forward..];
                _promptPending |= !data.IsEmpty;
                continue;
            }

            ReadOnlyMemory<byte> key = data.Slice(step.Forward, step.Submission);
            if (!await SubmitAsync(key, cancellationToken))
            {
                // What was pasted behind a line that did not run is dropped with it.
                return;
            }

            data = data[(step.Forward + step.Submission)..];
        }
    }

    public async ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _clock.Answered();
            _shell.TargetOutput(data.Span);
            _output?.TrySetResult();
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
                _shell.Resize((int)size.Columns, (int)size.Rows);
            }
        }
    }

    public ValueTask DisposeAsync() => _typed.FlushAsync(IsEchoed());

    /// <summary>False when the line did not run, or ran only after a wait in which everything else typed was
    /// dropped.</summary>
    private async ValueTask<bool> SubmitAsync(ReadOnlyMemory<byte> key, CancellationToken cancellationToken)
    {
        await QuietAsync(untilEchoed: true, cancellationToken);
        ObservedLine line;
        bool fullScreen;
        lock (_lock)
        {
            line = _shell.Read();
            fullScreen = _shell.FullScreen;
        }

        if (line.IsEmpty)
        {
            await _typed.SubmittedAsync(key, line.Echoed);
            await ends.Target.ForwardAsync(key, cancellationToken);
            Submitted();
            return true;
        }

        await SocketLoop.LeaveAsync();
        // Asking and waiting read the channel on: what lay behind the key is gone then.
        key = key.ToArray();
        var requester = new LineRequester(ends, line, fullScreen);
        GateAnswer answer = await ends.Session.AskingFor(requester)
            .AskAsync(new ShellLineIntent(line, ends.Setting), cancellationToken);
        bool held = requester.HasSpoken;
        if (answer is GateAnswer.Released { Release: var release })
        {
            await _typed.SubmittedAsync(key, line.Echoed);
            if (held && !fullScreen && IsPlain(line.Text))
            {
                await ends.Target.RetypeAsync(release, ClearLine, key, cancellationToken);
            }
            else
            {
                await ends.Target.SubmitTypedAsync(release, key, cancellationToken);
            }

            Submitted();
            return !held;
        }

        await RefuseAsync(((GateAnswer.Refused)answer).Refusal, line, fullScreen, held, cancellationToken);
        return false;
    }

    private async ValueTask RefuseAsync(
        Refusal refusal, ObservedLine line, bool fullScreen, bool held, CancellationToken cancellationToken)
    {
        await _typed.FlushAsync(line.Echoed);
        await ends.Recorder.MarkAsync($"refused: {line.Text}");
        if (!fullScreen)
        {
            if (!held)
            {
                await ends.Client.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
            }

            await ends.Notices.SayRefusedAsync(refusal, cancellationToken);
        }

        await ends.Target.ForwardAsync(Interrupt, cancellationToken);
        lock (_lock)
        {
            _shell.Cleared();
            _clock.Forwarded();
        }

        _promptPending = true;
    }

    /// <summary>Waits until nothing has gone or come for a moment, or until the screen shows what was typed.</summary>
    private async ValueTask QuietAsync(bool untilEchoed, CancellationToken cancellationToken)
    {
        long start = ends.Session.Time.GetTimestamp();
        while (ends.Session.Time.GetElapsedTime(start) < MaximumEchoWait)
        {
            Task output;
            TimeSpan left;
            lock (_lock)
            {
                left = _clock.UntilQuiet();
                if (left <= TimeSpan.Zero || (untilEchoed && _shell.Echoed))
                {
                    return;
                }

                _output = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                output = _output.Task;
            }

            try
            {
                await output.WaitAsync(left, ends.Session.Time, cancellationToken);
            }
            catch (TimeoutException)
            {
                // Quiet so far; the loop looks again.
            }
        }
    }

    private void Submitted()
    {
        lock (_lock)
        {
            _shell.Submitted();
            _clock.Forwarded();
        }

        _promptPending = true;
    }

    private bool IsEchoed()
    {
        lock (_lock)
        {
            return _shell.Echoed;
        }
    }

    /// <summary>Ctrl-C, Ctrl-Z and Ctrl-\ go to a program that floods the terminal without waiting for it to be
    /// quiet.</summary>
    private static bool IsSignal(byte key) => key is 0x03 or 0x1A or 0x1C;

    private static bool IsPlain(string text) =>
        !text.EnumerateRunes().Any(rune => Rune.IsControl(rune) || rune.Value == 0xFFFD);
}
