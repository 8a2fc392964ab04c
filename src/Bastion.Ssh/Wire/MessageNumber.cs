namespace Bastion.Ssh.Wire;

/// <summary>RFC 4250 section 4.1.2, RFC 5656 section 7.1, and OpenSSH's PROTOCOL for 192 and 193.</summary>
internal enum MessageNumber : byte
{
    Disconnect = 1,
    Ignore = 2,
    Unimplemented = 3,
    Debug = 4,
    ServiceRequest = 5,
    ServiceAccept = 6,
    ExtInfo = 7,
    NewCompress = 8,
    KexInit = 20,
    NewKeys = 21,

    /// <summary>SSH_MSG_KEXDH_INIT, SSH_MSG_KEX_ECDH_INIT and the hybrid methods' init share 30.</summary>
    KexEcdhInit = 30,

    /// <summary>SSH_MSG_KEXDH_REPLY, SSH_MSG_KEX_ECDH_REPLY and the hybrid methods' reply share 31.</summary>
    KexEcdhReply = 31,
    UserAuthRequest = 50,
    UserAuthFailure = 51,
    UserAuthSuccess = 52,
    UserAuthBanner = 53,

    /// <summary>60 is method-specific: SSH_MSG_USERAUTH_PK_OK, PASSWD_CHANGEREQ or INFO_REQUEST.</summary>
    UserAuthMethod60 = 60,

    /// <summary>61 is method-specific: SSH_MSG_USERAUTH_INFO_RESPONSE.</summary>
    UserAuthMethod61 = 61,
    GlobalRequest = 80,
    RequestSuccess = 81,
    RequestFailure = 82,
    ChannelOpen = 90,
    ChannelOpenConfirmation = 91,
    ChannelOpenFailure = 92,
    ChannelWindowAdjust = 93,
    ChannelData = 94,
    ChannelExtendedData = 95,
    ChannelEof = 96,
    ChannelClose = 97,
    ChannelRequest = 98,
    ChannelSuccess = 99,
    ChannelFailure = 100,
    Ping = 192,
    Pong = 193,
}
