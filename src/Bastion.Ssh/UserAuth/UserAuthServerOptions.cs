using System.Net;
using Bastion.Ssh.Keys;

namespace Bastion.Ssh.UserAuth;

public sealed record UserAuthServerOptions
{
    /// <summary>Where the client comes from; a certificate's `source-address` is held against it.</summary>
    public EndPoint? ClientEndPoint { get; init; }

    /// <summary>The methods offered at first, the same to every user. `password` must be asked for.</summary>
    public IReadOnlyList<string> Methods
    {
        get; init;
    } = [UserAuthMethod.PublicKey, UserAuthMethod.KeyboardInteractive];

    /// <summary>Shown before authentication; control characters but line ends and tabs are shown escaped.</summary>
    public string? Banner { get; init; }

    /// <summary>Signature algorithms taken from users, also announced as server-sig-algs (RFC 8308 section
    /// 3.1).</summary>
    public IReadOnlyList<string> SignatureAlgorithms { get; init; } = SshSignatureAlgorithms.UserKeys;

    public UserAuthLimits Limits { get; init; } = new();

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}

/// <summary>The names of RFC 4252, RFC 4256 and OpenSSH's PROTOCOL.</summary>
public static class UserAuthMethod
{
    public const string None = "none";
    public const string PublicKey = "publickey";
    public const string Password = "password";
    public const string KeyboardInteractive = "keyboard-interactive";

    internal const string ConnectionService = "ssh-connection";
    internal const string UserAuthService = "ssh-userauth";

    /// <summary>publickey whose signature also covers the server's host key (OpenSSH PROTOCOL section 3.1).</summary>
    internal const string PublicKeyHostBound = "publickey-hostbound-v00@openssh.com";
}

public sealed record UserAuthLimits
{
    /// <summary>Refused proofs in one connection. RFC 4252 section 4 recommends 20; an agent seldom holds more than ten
    /// keys.</summary>
    public int MaximumFailures { get; init; } = 10;

    /// <summary>Refused passwords and conversations in one connection: what can be guessed gets fewer tries than
    /// keys.</summary>
    public int MaximumGuesses { get; init; } = 3;

    /// <summary>
    /// Authentication requests of any kind in one connection, offers and `none` included. Well over what a client with
    /// a full agent sends (one `none`, two for each of ten keys, some conversations), and far under a flood.
    /// </summary>
    public int MaximumRequests { get; init; } = 64;

    /// <summary>Rounds of one keyboard-interactive conversation; a code and a changed password need four.</summary>
    public int MaximumRounds { get; init; } = 8;

    /// <summary>Prompts in one round. OpenSSH's client refuses more than 100; none of ours needs more than a
    /// few.</summary>
    public int MaximumPrompts { get; init; } = 16;

    /// <summary>UTF-8 bytes of a login name. POSIX's LOGIN_NAME_MAX is 256 on Linux, target and account come on
    /// top.</summary>
    public int MaximumUserNameBytes { get; init; } = 512;

    /// <summary>UTF-8 bytes of one password or answer; longer ones are refused before anything is hashed.</summary>
    public int MaximumSecretBytes { get; init; } = 1024;

    /// <summary>
    /// Refused proofs are answered at the end of a slot this long (or of the next), counted from the request's arrival,
    /// so that the work done for one user or another does not show.
    /// </summary>
    public TimeSpan FailureSlot { get; init; } = TimeSpan.FromMilliseconds(40);
}
