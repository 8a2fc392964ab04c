namespace Bastion.Ssh.Transport;

/// <summary>
/// All that user authentication and the connection protocol know of the layer below them: whole payloads in order,
/// with key exchange, re-keying, ignore, debug, ping and unimplemented already dealt with (RFC 4253).
/// </summary>
internal interface ITransport : IAsyncDisposable
{
    SshRole Role { get; }

    /// <summary>What the permitted-messages table allows now; the layers move it on, never back.</summary>
    SshPhase Phase { get; set; }

    /// <summary>The exchange hash of the first key exchange (RFC 4253 section 7.2); it never changes.</summary>
    ReadOnlyMemory<byte> SessionId { get; }

    /// <summary>The server's host key of this connection as a blob, for publickey-hostbound-v00@openssh.com.</summary>
    ReadOnlyMemory<byte> HostKeyBlob { get; }

    /// <summary>The peer's identification string without CR LF.</summary>
    string PeerIdentification { get; }

    /// <summary>What the peer said in SSH_MSG_EXT_INFO so far (RFC 8308), by extension name.</summary>
    IReadOnlyDictionary<string, byte[]> PeerExtensions { get; }

    /// <summary>
    /// The next payload of the layers above; its memory stays valid until the next call. Empty when the peer closed
    /// the stream. One caller at a time. Throws <see cref="SshDisconnectException"/> when the connection is over.
    /// </summary>
    ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Sends one payload given in two parts (header, body) so that channel data is never copied together first.
    /// Safe for many callers; payloads go out in the order in which calls took the lock. Completes when the bytes are
    /// in the output pipe and the pipe is under its threshold, so awaiting it is the back-pressure. Waits during a
    /// key exchange (RFC 4253 section 7.1), so the receive loop itself must never await it: it has
    /// <see cref="Post"/>. A cancelled send may still go out, but only whole.
    /// </summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken);

    /// <summary>
    /// Queues one small payload and never waits: for answers given from the receive loop, which must go on receiving
    /// while the peer does not read or while keys are exchanged. Goes out before anything sent later. Payloads posted
    /// while the receive loop is busy leave together when it next waits. Ends the connection when more than
    /// <see cref="SshLimits.MaximumUnsentReplies"/> wait. Does nothing once the connection is over.
    /// </summary>
    void Post(ReadOnlySpan<byte> payload);

    /// <summary>Tells the peer why (SSH_MSG_DISCONNECT) and ends the stream. The first reason is kept.</summary>
    ValueTask DisconnectAsync(DisconnectReason reason, string description);
}

public enum SshRole
{
    Client,
    Server,
}

/// <summary>The phases of the permitted-messages table.</summary>
internal enum SshPhase
{
    KeyExchange,
    ServiceRequest,
    UserAuth,
    Connection,
}
