using System.IO.Pipelines;

namespace Bastion.Ssh.Transport;

/// <summary>RFC 4253 over any pair of pipes.</summary>
internal sealed class SshTransport
{
    /// <summary>
    /// Exchanges identification and keys as the server. Cancelling <paramref name="loginGrace"/> ends the connection;
    /// it is not kept after the return.
    /// </summary>
    public static Task<ITransport> StartServerAsync(
        IDuplexPipe pipe, SshServerOptions options, CancellationToken loginGrace) => throw new NotImplementedException();

    /// <summary>Exchanges identification and keys as the client; returns after the server's host key was accepted.</summary>
    public static Task<ITransport> StartClientAsync(
        IDuplexPipe pipe, SshClientOptions options, CancellationToken cancellationToken) => throw new NotImplementedException();
}
