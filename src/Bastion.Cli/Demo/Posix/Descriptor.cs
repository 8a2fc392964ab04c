using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>A non-blocking descriptor, read and written without holding a thread.</summary>
internal sealed class Descriptor : IDisposable
{
    private readonly DescriptorPoller _poller;
    private int _number;

    public Descriptor(int number, DescriptorPoller poller)
    {
        _number = number;
        _poller = poller;
        _ = NativeMethods.ControlDescriptor(number, NativeMethods.SetStatusFlags, NativeMethods.NonBlocking);
    }

    public int Number => _number;

    /// <summary>Zero at the end; a pseudo-terminal whose last process has gone answers EIO, which is its end.</summary>
    public async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (_number >= 0)
        {
            nint count = NativeMethods.Read(_number, buffer.Span, (nuint)buffer.Length);
            if (count >= 0)
            {
                return (int)count;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case NativeMethods.Interrupted:
                    continue;
                case NativeMethods.Again:
                    await _poller.ReadyAsync(_number, NativeMethods.PollIn, cancellationToken);
                    continue;
                default:
                    return 0;
            }
        }

        return 0;
    }

    /// <summary>False when nobody reads any more.</summary>
    public async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        while (!data.IsEmpty && _number >= 0)
        {
            nint count = NativeMethods.Write(_number, data.Span, (nuint)data.Length);
            if (count >= 0)
            {
                data = data[(int)count..];
                continue;
            }

            switch (Marshal.GetLastPInvokeError())
            {
                case NativeMethods.Interrupted:
                    continue;
                case NativeMethods.Again:
                    await _poller.ReadyAsync(_number, NativeMethods.PollOut, cancellationToken);
                    continue;
                default:
                    return false;
            }
        }

        return data.IsEmpty;
    }

    public void Dispose()
    {
        int number = Interlocked.Exchange(ref _number, -1);
        if (number >= 0)
        {
            _poller.Forget(number);
            _ = NativeMethods.Close(number);
        }
    }
}
