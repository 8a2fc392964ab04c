using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Bastion.Server.Ssh.Sockets;

/// <summary>epoll(7) and connect(2) as Linux has them.</summary>
internal static class Epoll
{
    public const uint In = 0x001;
    public const uint Out = 0x004;
    public const uint Error = 0x008;
    public const uint HangUp = 0x010;
    public const uint PeerHangUp = 0x2000;

    /// <summary>EPOLLET: told once for each change, not as long as it lasts.</summary>
    public const uint EdgeTriggered = 1u << 31;

    private const int Add = 1;
    private const int Remove = 2;
    private const int CloseOnExec = 0x80000;
    private const int Interrupted = 4;
    private const int InProgress = 115;
    private const int NetworkUnreachable = 101;
    private const int Refused = 111;
    private const int HostUnreachable = 113;

    /// <summary>`struct epoll_event` is packed on x86-64 alone.</summary>
    private static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    private static readonly int DataOffset = EventSize - sizeof(long);

    public static int Create() => Checked(EpollCreate(CloseOnExec), "epoll_create1");

    /// <param name="data">What <see cref="Wait"/> names the socket by.</param>
    public static void Watch(int epoll, SafeSocketHandle socket, uint events, long data)
    {
        byte[] wanted = new byte[EventSize];
        BinaryPrimitives.WriteUInt32LittleEndian(wanted, events);
        BinaryPrimitives.WriteInt64LittleEndian(wanted.AsSpan(DataOffset), data);
        Checked(EpollControl(epoll, Add, socket, wanted), "epoll_ctl");
    }

    /// <summary>Closing does the same where nobody else has the socket.</summary>
    public static void Forget(int epoll, SafeSocketHandle socket) =>
        _ = EpollControl(epoll, Remove, socket, new byte[EventSize]);

    public static byte[] NewEvents(int count) => new byte[EventSize * count];

    /// <summary>Sleeps until something happens. How many of <paramref name="events"/> are filled.</summary>
    public static int Wait(int epoll, byte[] events)
    {
        int count = EpollWait(epoll, events, events.Length / EventSize, -1);
        return count < 0 && Marshal.GetLastPInvokeError() == Interrupted ? 0 : Checked(count, "epoll_wait");
    }

    public static (uint Events, long Data) Event(byte[] events, int index)
    {
        ReadOnlySpan<byte> one = events.AsSpan(index * EventSize, EventSize);
        return (BinaryPrimitives.ReadUInt32LittleEndian(one),
            BinaryPrimitives.ReadInt64LittleEndian(one[DataOffset..]));
    }

    /// <summary>Begins to connect a socket that does not block. False when it failed at once.</summary>
    public static bool BeginConnect(
        SafeSocketHandle socket, SocketAddress address, [NotNullWhen(false)] out SocketException? refused)
    {
        int error = Connect(socket, address.Buffer.ToArray(), address.Size) == 0 ? 0 : Marshal.GetLastPInvokeError();
        refused = error is 0 or InProgress or Interrupted
            ? null
            : new SocketException((int)(error switch
            {
                NetworkUnreachable => SocketError.NetworkUnreachable,
                HostUnreachable => SocketError.HostUnreachable,
                Refused => SocketError.ConnectionRefused,
                _ => SocketError.SocketError,
            }));
        return refused is null;
    }

    private static int Checked(int result, string call) => result >= 0
        ? result
        : throw new IOException($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [DllImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EpollCreate(int flags);

    [DllImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EpollControl(int epoll, int operation, SafeSocketHandle socket, byte[] wanted);

    [DllImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int EpollWait(int epoll, [Out] byte[] events, int maximum, int milliseconds);

    [DllImport("libc", EntryPoint = "connect", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Connect(SafeSocketHandle socket, byte[] address, int length);
}
