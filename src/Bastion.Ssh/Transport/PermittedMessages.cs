using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Transport;

/// <summary>
/// Which message a peer may send when: one table for both roles and every phase, read in one place. What the table
/// does not name ends the connection.
/// </summary>
internal static class PermittedMessages
{
    /// <summary>What the tables of all phases share; each line is a range of numbers, and a later line wins.</summary>
    private static readonly Line[] Always =
    [
        // RFC 4253 sections 11 and 12: understood by the transport at any time.
        new(MessageNumber.Disconnect, MessageNumber.Debug, Verdict.Transport),
    ];

    /// <summary>RFC 4253 section 7.1: from the peer's SSH_MSG_KEXINIT to its SSH_MSG_NEWKEYS.</summary>
    private static readonly Line[] DuringKeyExchange =
    [
        .. Always,
        new((MessageNumber)8, (MessageNumber)19, Verdict.Unimplemented),
        new(MessageNumber.KexInit, MessageNumber.NewKeys, Verdict.KeyExchange),
        new((MessageNumber)22, (MessageNumber)29, Verdict.Unimplemented),
        new((MessageNumber)30, (MessageNumber)49, Verdict.KeyExchange),
    ];

    /// <summary>Strict key exchange (OpenSSH's PROTOCOL section 1.10): nothing but its own messages.</summary>
    private static readonly Line[] DuringStrictKeyExchange =
    [
        new(MessageNumber.Disconnect, MessageNumber.Disconnect, Verdict.Transport),
        new(MessageNumber.KexInit, MessageNumber.NewKeys, Verdict.KeyExchange),
        new((MessageNumber)30, (MessageNumber)49, Verdict.KeyExchange),
    ];

    /// <summary>Between key exchanges: a new one may start, ping and pong are answered.</summary>
    private static readonly Line[] BetweenKeyExchanges =
    [
        .. Always,
        new((MessageNumber)8, (MessageNumber)19, Verdict.Unimplemented),
        new(MessageNumber.KexInit, MessageNumber.KexInit, Verdict.KeyExchange),
        new((MessageNumber)22, (MessageNumber)29, Verdict.Unimplemented),
        new((MessageNumber)32, (MessageNumber)49, Verdict.Unimplemented),
        new(MessageNumber.Ping, MessageNumber.Pong, Verdict.Transport),
    ];

    private static readonly Line[] FromClientBeforeService =
    [
        .. BetweenKeyExchanges,
        new(MessageNumber.ServiceRequest, MessageNumber.ServiceRequest, Verdict.Deliver),
        new(MessageNumber.ExtInfo, MessageNumber.ExtInfo, Verdict.Transport),
    ];

    private static readonly Line[] FromServerBeforeService =
    [
        .. BetweenKeyExchanges,
        new(MessageNumber.ServiceAccept, MessageNumber.ServiceAccept, Verdict.Deliver),
        new(MessageNumber.ExtInfo, MessageNumber.ExtInfo, Verdict.Transport),
    ];

    /// <summary>RFC 4252 section 6: 50 to 79 belong to the methods, each side's own messages only from that
    /// side.</summary>
    private static readonly Line[] FromClientInUserAuth =
    [
        .. BetweenKeyExchanges,
        // RFC 4253 section 10 does not say "once", and Paramiko asks for the service again before every attempt.
        new(MessageNumber.ServiceRequest, MessageNumber.ServiceRequest, Verdict.Deliver),
        new(MessageNumber.UserAuthRequest, MessageNumber.UserAuthRequest, Verdict.Deliver),
        new((MessageNumber)54, (MessageNumber)59, Verdict.Unimplemented),
        new(MessageNumber.UserAuthMethod61, MessageNumber.UserAuthMethod61, Verdict.Deliver),
        new((MessageNumber)62, (MessageNumber)79, Verdict.Unimplemented),
    ];

    private static readonly Line[] FromServerInUserAuth =
    [
        .. BetweenKeyExchanges,
        // RFC 8308 section 2.4: a server may say more just before it accepts the user.
        new(MessageNumber.ExtInfo, MessageNumber.ExtInfo, Verdict.Transport),
        new(MessageNumber.UserAuthFailure, MessageNumber.UserAuthBanner, Verdict.Deliver),
        new((MessageNumber)54, (MessageNumber)59, Verdict.Unimplemented),
        new(MessageNumber.UserAuthMethod60, MessageNumber.UserAuthMethod60, Verdict.Deliver),
        new((MessageNumber)62, (MessageNumber)79, Verdict.Unimplemented),
    ];

    private static readonly Line[] FromServerInConnection =
    [
        .. BetweenKeyExchanges,
        new(MessageNumber.GlobalRequest, MessageNumber.RequestFailure, Verdict.Deliver),
        new((MessageNumber)83, (MessageNumber)89, Verdict.Unimplemented),
        new(MessageNumber.ChannelOpen, MessageNumber.ChannelFailure, Verdict.Deliver),
        new((MessageNumber)101, (MessageNumber)191, Verdict.Unimplemented),
        new((MessageNumber)194, (MessageNumber)255, Verdict.Unimplemented),
    ];

    private static readonly Line[] FromClientInConnection =
    [
        .. FromServerInConnection,
        // RFC 4252 section 5.1: requests that were under way when the user was accepted are passed over in silence.
        new(MessageNumber.UserAuthRequest, MessageNumber.UserAuthRequest, Verdict.Ignore),
    ];

    /// <summary>
    /// A key exchange that the peer began after login. RFC 4253 section 7.1 lets it send nothing else meanwhile;
    /// AsyncSSH as Debian 12 has it goes on sending channel data under the old keys, which OpenSSH takes, and so do we.
    /// </summary>
    private static readonly Line[] DuringRekey =
    [
        new(MessageNumber.KexInit, MessageNumber.NewKeys, Verdict.KeyExchange),
        new((MessageNumber)30, (MessageNumber)49, Verdict.KeyExchange),
    ];

    private static readonly Verdict[][] ForServer =
    [
        Expand(DuringKeyExchange), Expand(DuringStrictKeyExchange), Expand(DuringKeyExchange),
        Expand(FromClientBeforeService), Expand(FromClientInUserAuth), Expand(FromClientInConnection),
        Expand([.. FromClientInConnection, .. DuringRekey]),
    ];

    private static readonly Verdict[][] ForClient =
    [
        Expand(DuringKeyExchange), Expand(DuringStrictKeyExchange), Expand(DuringKeyExchange),
        Expand(FromServerBeforeService), Expand(FromServerInUserAuth), Expand(FromServerInConnection),
        Expand([.. FromServerInConnection, .. DuringRekey]),
    ];

    /// <summary>What to do with a message that the peer of <paramref name="role"/> sent.</summary>
    public static Verdict Judge(SshRole role, ReceivePhase phase, byte message) =>
        (role == SshRole.Server ? ForServer : ForClient)[(int)phase][message];

    private static Verdict[] Expand(Line[] lines)
    {
        var table = new Verdict[256];
        foreach (Line line in lines)
        {
            table.AsSpan((int)line.First, line.Last - line.First + 1).Fill(line.Verdict);
        }

        return table;
    }

    private readonly record struct Line(MessageNumber First, MessageNumber Last, Verdict Verdict);
}

/// <summary>What may arrive depends on the layers' <see cref="SshPhase"/> and on whether the peer is exchanging
/// keys.</summary>
internal enum ReceivePhase
{
    InitialKeyExchange,
    StrictKeyExchange,
    RekeyBeforeLogin,
    ServiceRequest,
    UserAuth,
    Connection,
    RekeyInConnection,
}

internal enum Verdict : byte
{
    /// <summary>The connection ends: SSH_DISCONNECT_PROTOCOL_ERROR.</summary>
    Disconnect,

    /// <summary>Goes to the layers above.</summary>
    Deliver,

    /// <summary>Belongs to the transport itself.</summary>
    Transport,

    /// <summary>Belongs to the key exchange, which knows the one number it waits for.</summary>
    KeyExchange,

    /// <summary>Nobody knows the number: SSH_MSG_UNIMPLEMENTED (RFC 4253 section 11.4).</summary>
    Unimplemented,

    /// <summary>Dropped without a word.</summary>
    Ignore,
}
