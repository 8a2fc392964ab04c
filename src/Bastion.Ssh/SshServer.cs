using System.IO.Pipelines;
using Bastion.Ssh.Connection;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;

namespace Bastion.Ssh;

/// <summary>The server role: one call a connection.</summary>
public static class SshServer
{
    /// <summary>
    /// Exchanges keys and authenticates the user, within <see cref="SshLimits.LoginGrace"/>, on a stream that somebody
    /// else accepted. The stream belongs to the connection from here on, also when this throws.
    /// </summary>
    /// <exception cref="SshDisconnectException">The login did not come about; the peer was told why.</exception>
    public static async Task<(SshConnection Connection, AuthenticatedUser User)> AcceptAsync(
        IDuplexPipe pipe, SshServerOptions options, UserAuthServerOptions userAuth, IUserAuthenticator authenticator,
        CancellationToken cancellationToken)
    {
        using var grace = new CancellationTokenSource(options.Limits.LoginGrace, options.TimeProvider);
        using var login =
            CancellationTokenSource.CreateLinkedTokenSource(grace.Token, cancellationToken);
        ITransport? transport = null;
        try
        {
            transport = await SshTransport.StartServerAsync(pipe, options, login.Token);
            AuthenticatedUser user = await new UserAuthServer(transport, authenticator, userAuth).RunAsync(login.Token);
            var proof = new HostKeyProof(options.HostKeys, transport);
            return (new SshConnection(transport, user.User, options.Limits, proof), user);
        }
        catch (Exception failure)
        {
            if (transport is not null)
            {
                await transport.DisposeAsync();
            }

            if (failure is OperationCanceledException && grace.IsCancellationRequested)
            {
                throw new SshDisconnectException(
                    DisconnectReason.ByApplication, Blame.Peer, "login took too long", failure);
            }

            throw;
        }
    }
}
