using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>
/// Tells when descriptors that .NET cannot wait for (pseudo-terminals, pipes) are ready: one thread in poll(2) for all
/// of them, woken through a pipe of its own when a wait is added.
/// </summary>
internal sealed class DescriptorPoller : IDisposable
{
    private readonly Lock _lock = new();
    private readonly List<Wait> _waits = [];
    private readonly int[] _wake = new int[2];
    private readonly Thread _thread;
    private bool _stopping;

    public DescriptorPoller()
    {
        if (NativeMethods.Pipe(_wake, NativeMethods.CloseOnExec | NativeMethods.NonBlocking) != 0)
        {
            throw new IOException($"cannot make a pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }

        _thread = new Thread(Run) { IsBackground = true, Name = "demo target descriptors" };
        _thread.Start();
    }

    /// <summary>Completes when the descriptor can be read or written (or was hung up) as asked.</summary>
    public Task ReadyAsync(int descriptor, short events, CancellationToken cancellationToken)
    {
        var wait = new Wait(descriptor, events);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopping, this);
            _waits.Add(wait);
        }

        Wake();
        return wait.Ready.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Ends all waits on a descriptor that is about to be closed, before its number is used again.</summary>
    public void Forget(int descriptor)
    {
        List<Wait> gone;
        lock (_lock)
        {
            gone = _waits.FindAll(wait => wait.Descriptor == descriptor);
            _waits.RemoveAll(wait => wait.Descriptor == descriptor);
        }

        foreach (Wait wait in gone)
        {
            wait.Ready.TrySetResult();
        }

        Wake();
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _stopping = true;
        }

        Wake();
        _thread.Join();
        _ = NativeMethods.Close(_wake[0]);
        _ = NativeMethods.Close(_wake[1]);
    }

    // A full pipe is as good as a byte in it: the thread wakes either way.
    private void Wake() => _ = NativeMethods.Write(_wake[1], [1], 1);

    private void Run()
    {
        Span<byte> drained = stackalloc byte[64];
        while (true)
        {
            Wait[] waits;
            lock (_lock)
            {
                if (_stopping)
                {
                    return;
                }

                waits = [.. _waits];
            }

            var descriptors = new NativeMethods.PollDescriptor[waits.Length + 1];
            descriptors[0] = new() { Descriptor = _wake[0], Events = NativeMethods.PollIn };
            for (int i = 0; i < waits.Length; i++)
            {
                descriptors[i + 1] = new() { Descriptor = waits[i].Descriptor, Events = waits[i].Events };
            }

            _ = NativeMethods.Poll(descriptors, (nuint)descriptors.Length, -1);
            while (NativeMethods.Read(_wake[0], drained, (nuint)drained.Length) > 0)
            {
                // Every wake-up so far is answered by the list that is taken next.
            }

            for (int i = 0; i < waits.Length; i++)
            {
                if (descriptors[i + 1].Returned != 0 && Remove(waits[i]))
                {
                    waits[i].Ready.TrySetResult();
                }
            }
        }
    }

    private bool Remove(Wait wait)
    {
        lock (_lock)
        {
            return _waits.Remove(wait);
        }
    }

    private sealed record Wait(int Descriptor, short Events)
    {
        public TaskCompletionSource Ready { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
