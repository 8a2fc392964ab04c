using System.IO.Pipelines;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;

namespace Bastion.Ssh;

/// <summary>
/// The client role, in two steps: a connection whose host key was accepted and on which nobody has logged in yet, and
/// the login. They are apart so that the first can be made ready before it is known who logs in.
/// </summary>
public sealed class SshClient : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly SshClientOptions _options;
    private bool _handedOver;

    private SshClient(ITransport transport, SshClientOptions options)
    {
        _transport = transport;
        _options = options;
    }

    public string PeerIdentification => _transport.PeerIdentification;

    /// <summary>
    /// Exchanges identification and keys. The stream belongs to the connection from here on, also when this throws.
    /// </summary>
    /// <exception cref="SshDisconnectException">HostKeyNotVerifiable when the host key was not accepted.</exception>
    public static async Task<SshClient> ConnectAsync(
        IDuplexPipe pipe, SshClientOptions options, CancellationToken cancellationToken) =>
        new(await SshTransport.StartClientAsync(pipe, options, cancellationToken), options);

    /// <summary>Logs in, once. Without success the connection is null and this client is to be disposed.</summary>
    /// <exception cref="SshDisconnectException">The connection ended before an outcome.</exception>
    public async Task<(SshConnection? Connection, UserAuthOutcome Outcome)> AuthenticateAsync(
        string user, IReadOnlyList<SshCredential> credentials, CancellationToken cancellationToken)
    {
        UserAuthOutcome outcome = await new UserAuthClient(_transport, user, credentials).RunAsync(cancellationToken);
        if (!outcome.Succeeded)
        {
            return (null, outcome);
        }

        _handedOver = true;
        return (new SshConnection(_transport, user, _options.Limits, hostKeyProof: null), outcome);
    }

    /// <summary>Ends the connection unless a login took it over.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_handedOver)
        {
            _handedOver = true;
            await _transport.DisconnectAsync(DisconnectReason.ByApplication, "no login");
            await _transport.DisposeAsync();
        }
    }
}
