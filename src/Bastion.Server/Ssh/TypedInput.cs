namespace Bastion.Server.Ssh;

/// <summary>
/// The recording of what is typed at a terminal. A password prompt shows itself only by what it does not echo, so the
/// keys of a line are kept back until the line is submitted, and then recorded or, if they did not echo, left out.
/// </summary>
internal sealed class TypedInput(ChannelRecorder recorder)
{
    /// <summary>Keys kept back at most. Programs that read single keys and echo none come here; their keys are left
    /// out.</summary>
    private const int MaximumKept = 4096;

    private readonly List<byte> _kept = [];

    /// <summary>Before the keys go on. A full-screen program draws what is typed: its keys are recorded at
    /// once.</summary>
    public async ValueTask KeysAsync(ReadOnlyMemory<byte> keys, bool fullScreen, Func<bool> isEchoed)
    {
        if (keys.IsEmpty)
        {
            return;
        }

        if (fullScreen)
        {
            await FlushAsync(echoed: true);
            await recorder.InputAsync(keys);
            return;
        }

        _kept.AddRange(keys.Span);
        if (_kept.Count > MaximumKept)
        {
            await FlushAsync(isEchoed());
        }
    }

    /// <summary>Before the key that submits the line goes on.</summary>
    public ValueTask SubmittedAsync(ReadOnlyMemory<byte> key, bool echoed)
    {
        _kept.AddRange(key.Span);
        return FlushAsync(echoed);
    }

    public async ValueTask FlushAsync(bool echoed)
    {
        if (_kept.Count > 0)
        {
            await recorder.InputAsync(_kept.ToArray(), hidden: !echoed);
            _kept.Clear();
        }
    }
}
