using Bastion.Server.Ssh;

namespace Bastion.Server.Hosting;

/// <summary>
/// Lets what waits for a socket run on the thread that the kernel told of it, in this whole process. Otherwise every
/// packet is handed to the thread pool and wakes a second thread: of the time from key to echo that was half.
/// What runs there must not wait or compute for long: <see cref="SocketPipe"/> moves logins and streams elsewhere,
/// Kestrel runs requests on the thread pool by itself, and whoever waits for another machine does so on a stream of
/// <see cref="Bastion.Followers.Outbound"/>.
/// </summary>
public static class InlineSockets
{
    /// <summary>The runtime offers it only under this name, and looks once, when the first socket is used.</summary>
    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Before the first socket. What an administrator has set stays.</summary>
    public static void Use()
    {
        if (Environment.GetEnvironmentVariable(Setting) is null)
        {
            Environment.SetEnvironmentVariable(Setting, "1");
        }
    }

    /// <summary>Goes on on the thread pool; at once where it is there already.</summary>
    internal static ValueTask LeaveAsync() => Thread.CurrentThread.IsThreadPoolThread ? default : YieldAsync();

    private static async ValueTask YieldAsync() => await Task.Yield();
}
