namespace Bastion.Ssh;

/// <summary>The names offered in SSH_MSG_KEXINIT, best first. The client's order decides (RFC 4253 section 7.1).</summary>
public sealed record SshAlgorithms
{
    public required IReadOnlyList<string> KeyExchange { get; init; }

    public required IReadOnlyList<string> HostKey { get; init; }

    public required IReadOnlyList<string> Cipher { get; init; }

    public required IReadOnlyList<string> Mac { get; init; }

    private static readonly string[] Ciphers =
    [
        "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com", "aes256-ctr", "aes128-ctr",
    ];

    private static readonly string[] Macs =
    [
        "hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com", "hmac-sha2-256", "hmac-sha2-512",
    ];

    private static readonly string[] HostKeys =
    [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-512", "rsa-sha2-256",
    ];

    /// <summary>What clients of the gateway are offered.</summary>
    public static SshAlgorithms ForServer { get; } = new()
    {
        KeyExchange =
        [
            "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
            "curve25519-sha256", "curve25519-sha256@libssh.org",
            "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521", "diffie-hellman-group16-sha512",
        ],
        HostKey = HostKeys,
        Cipher = Ciphers,
        Mac = Macs,
    };

    /// <summary>
    /// What targets are offered. The cheap hybrid first: sntrup761 costs the target tens of milliseconds per login.
    /// group14 only here, for old targets. AES-GCM first: both ends have it in hardware.
    /// </summary>
    public static SshAlgorithms ForClient { get; } = new()
    {
        KeyExchange =
        [
            "mlkem768x25519-sha256", "curve25519-sha256", "curve25519-sha256@libssh.org",
            "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
            "ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521",
            "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256",
        ],
        HostKey = HostKeys,
        Cipher =
        [
            "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com", "aes128-ctr", "aes256-ctr",
        ],
        Mac = Macs,
    };
}
