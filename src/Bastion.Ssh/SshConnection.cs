using Bastion.Ssh.Connection;
using Bastion.Ssh.Transport;

namespace Bastion.Ssh;

/// <summary>
/// An authenticated connection. It runs by itself from the moment it is made; whoever made it disposes of it. All that
/// is under way on it ends when it ends, for the one reason in <see cref="EndReason"/>.
/// </summary>
public sealed class SshConnection : IAsyncDisposable
{
    private readonly ITransport _transport;
    private readonly ChannelMultiplexer _multiplexer;

    internal SshConnection(ITransport transport, string userName, SshLimits limits, HostKeyProof? hostKeyProof)
    {
        _transport = transport;
        UserName = userName;
        _multiplexer = new ChannelMultiplexer(transport, limits, hostKeyProof);
        Completion = _multiplexer.RunAsync();
        if (hostKeyProof is not null)
        {
            _multiplexer.Post(hostKeyProof.Announcement());
        }
    }

    /// <summary>The name that was authenticated.</summary>
    public string UserName { get; }

    public SshRole Role => _transport.Role;

    /// <summary>The peer's identification string without CR LF: peer text, to be shown escaped.</summary>
    public string PeerIdentification => _transport.PeerIdentification;

    /// <summary>RFC 4253 section 7.2: the exchange hash of the first key exchange.</summary>
    public ReadOnlyMemory<byte> SessionId => _transport.SessionId;

    /// <summary>Channels that are open or opening.</summary>
    public int OpenChannels => _multiplexer.OpenChannels;

    /// <summary>Completes, and never fails, when the connection is over and its stream is released.</summary>
    public Task Completion { get; }

    /// <summary>Null while the connection stands.</summary>
    public SshDisconnectException? EndReason => _multiplexer.End;

    /// <summary>
    /// The next channel open or global request of the peer; null when the connection is over. One caller at a time.
    /// Each must be answered; keep-alives, host key proofs and no-more-sessions are answered before they get here.
    /// </summary>
    public ValueTask<IncomingRequest?> AcceptAsync(CancellationToken cancellationToken) =>
        _multiplexer.AcceptAsync(cancellationToken);

    /// <summary>Throws <see cref="ChannelOpenException"/> when it is refused.</summary>
    public ValueTask<Channel> OpenChannelAsync(
        string type, ReadOnlyMemory<byte> extraData, CancellationToken cancellationToken) =>
        _multiplexer.OpenAsync(type, extraData, cancellationToken);

    /// <summary>A global request with a reply; unsuccessful also when the connection ends first.</summary>
    public ValueTask<GlobalReply> SendGlobalRequestAsync(
        string name, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        _multiplexer.GlobalRequestAsync(name, payload, cancellationToken);

    /// <summary>A global request without a reply.</summary>
    public async ValueTask SendGlobalNoticeAsync(
        string name, ReadOnlyMemory<byte> payload, CancellationToken cancellationToken) =>
        await _multiplexer.SendAsync(
            ConnectionMessages.GlobalRequest(name, wantReply: false, payload.Span), default, cancellationToken);

    /// <summary>Tells the peer why and ends the connection; the first reason is kept. Completes when all is
    /// released.</summary>
    public Task DisconnectAsync(DisconnectReason reason, string description)
    {
        _multiplexer.Fail(new SshDisconnectException(reason, Blame.Self, description));
        return Completion;
    }

    public async ValueTask DisposeAsync() => await DisconnectAsync(DisconnectReason.ByApplication, "done");
}
