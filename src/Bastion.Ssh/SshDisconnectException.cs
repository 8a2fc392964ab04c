namespace Bastion.Ssh;

/// <summary>Whose fault an end was.</summary>
public enum Blame
{
    Self,
    Peer,
    Network,
}

/// <summary>The one way a connection dies: the first reason is kept, the peer is told it, the caller sees it.</summary>
public sealed class SshDisconnectException(DisconnectReason reason, Blame blame, string message,
    Exception? inner = null)
    : Exception(message, inner)
{
    public DisconnectReason Reason { get; } = reason;

    public Blame Blame { get; } = blame;

    /// <summary>The peer said so itself (SSH_MSG_DISCONNECT), so there is no use in telling it.</summary>
    internal bool SentByPeer { get; init; }

    internal static SshDisconnectException Protocol(string message) =>
        new(DisconnectReason.ProtocolError, Blame.Peer, message);
}
