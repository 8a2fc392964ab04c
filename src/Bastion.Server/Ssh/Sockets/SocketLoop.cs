using System.Collections.Concurrent;

namespace Bastion.Server.Ssh.Sockets;

/// <summary>
/// The threads that wait for the relay's sockets, one for each core and at most four; sockets are dealt out in turn.
/// What waits for a socket goes on on the thread that the kernel told of it: a key stroke goes from socket to socket
/// without a change of thread. What runs there must not block or compute for long, or the other sessions of the thread
/// wait as well: <see cref="LoopStream"/> moves logins and streams elsewhere. Only the relay's sockets are here;
/// whatever else the process speaks with is on the runtime's own.
/// </summary>
internal sealed class SocketLoop
{
    private const int MaximumLoops = 4;

    /// <summary>Taken from the kernel at a time.</summary>
    private const int Batch = 64;

    private static readonly Lazy<SocketLoop[]> Loops = new(() =>
    [
        .. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 1, MaximumLoops))
            .Select(number => new SocketLoop(number)),
    ]);

    private static uint _dealt;
    private static long _lastId;

    private readonly ConcurrentDictionary<long, LoopStream> _streams = new();
    private readonly int _epoll = Epoll.Create();

    private SocketLoop(int number) =>
        new Thread(Run) { IsBackground = true, Name = $"ssh sockets {number}" }.Start();

    public static SocketLoop Next() =>
        Loops.Value[Interlocked.Increment(ref _dealt) % (uint)Loops.Value.Length];

    /// <summary>Goes on on the thread pool; at once where it is there already.</summary>
    public static ValueTask LeaveAsync() => Thread.CurrentThread.IsThreadPoolThread ? default : YieldAsync();

    /// <summary>Until <see cref="Remove"/> its edges are told to it. The socket must be connected or
    /// connecting.</summary>
    public long Add(LoopStream stream)
    {
        long id = Interlocked.Increment(ref _lastId);
        _streams[id] = stream;
        Epoll.Watch(
            _epoll, stream.Handle, Epoll.In | Epoll.Out | Epoll.PeerHangUp | Epoll.EdgeTriggered, id);
        return id;
    }

    public void Remove(long id, LoopStream stream)
    {
        if (_streams.TryRemove(id, out _))
        {
            Epoll.Forget(_epoll, stream.Handle);
        }
    }

    private static async ValueTask YieldAsync() => await Task.Yield();

    private void Run()
    {
        byte[] events = Epoll.NewEvents(Batch);
        while (true)
        {
            int count = Epoll.Wait(_epoll, events);
            for (int i = 0; i < count; i++)
            {
                (uint happened, long id) = Epoll.Event(events, i);
                if (_streams.TryGetValue(id, out LoopStream? stream))
                {
                    stream.Told(happened);
                }
            }
        }
    }
}
