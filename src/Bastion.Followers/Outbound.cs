using System.Net.Sockets;

namespace Bastion.Followers;

/// <summary>Connections to other machines for everything but SSH.</summary>
internal static class Outbound
{
    /// <summary>For an <see cref="HttpClient"/>: no redirects, no cookies.</summary>
    public static SocketsHttpHandler HttpHandler() => new() { AllowAutoRedirect = false, UseCookies = false };

    /// <exception cref="SocketException">The other side is not there.</exception>
    public static async Task<Stream> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            return await ConnectAsync(socket, host, port, cancellationToken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>With a socket of the caller's own, which the stream closes.</summary>
    public static async Task<Stream> ConnectAsync(Socket socket, string host, int port,
        CancellationToken cancellationToken)
    {
        await socket.ConnectAsync(host, port, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
