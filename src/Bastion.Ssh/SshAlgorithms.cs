using Bastion.Ssh.Keys;

namespace Bastion.Ssh;

/// <summary>The names offered in SSH_MSG_KEXINIT, best first. The client's order decides (RFC 4253 section
/// 7.1).</summary>
public sealed record SshAlgorithms
{
    public required IReadOnlyList<string> KeyExchange { get; init; }

    public required IReadOnlyList<string> HostKey { get; init; }

    public required IReadOnlyList<string> Cipher { get; init; }

    /// <summary>Only for the ciphers that do not authenticate by themselves.</summary>
    public required IReadOnlyList<string> Mac { get; init; }

    private static readonly string[] EncryptThenMac =
        ["hmac-sha2-256-etm@openssh.com", "hmac-sha2-512-etm@openssh.com"];

    private static readonly string[] PlainMac = ["hmac-sha2-256", "hmac-sha2-512"];

    private static readonly string[] NistCurves = ["ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "ecdh-sha2-nistp521"];

    /// <summary>
    /// What clients of the gateway are offered: nothing that ssh-audit fails or warns of. Every OpenSSH since 6.5,
    /// PuTTY since 0.75, Dropbear, Paramiko, AsyncSSH and SSH.NET find something here.
    /// </summary>
    public static SshAlgorithms ForServer { get; } = new()
    {
        KeyExchange =
        [
            "mlkem768x25519-sha256", "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com",
            "curve25519-sha256", "curve25519-sha256@libssh.org", "diffie-hellman-group16-sha512",
        ],
        HostKey =
        [
            SshSignatureAlgorithms.Ed25519, SshSignatureAlgorithms.RsaSha512, SshSignatureAlgorithms.RsaSha256,
        ],
        Cipher =
        [
            "chacha20-poly1305@openssh.com", "aes256-gcm@openssh.com", "aes128-gcm@openssh.com",
            "aes256-ctr", "aes128-ctr",
        ],
        Mac = EncryptThenMac,
    };

    /// <summary>For clients that need more: the NIST curves, ECDSA host keys and the MACs that are not
    /// encrypt-then-MAC.</summary>
    public static SshAlgorithms ForServerCompatible { get; } = ForServer with
    {
        KeyExchange = [.. ForServer.KeyExchange, .. NistCurves],
        HostKey = SshSignatureAlgorithms.HostKeys,
        Mac = [.. EncryptThenMac, .. PlainMac],
    };

    /// <summary>
    /// Without the hybrid that costs a client 75 ms of processor time; ML-KEM, which does not, stays for those that
    /// have it.
    /// </summary>
    public static SshAlgorithms ForServerLight { get; } = ForServer with
    {
        KeyExchange = [.. ForServer.KeyExchange.Where(name => !name.StartsWith("sntrup761", StringComparison.Ordinal))],
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
            "sntrup761x25519-sha512", "sntrup761x25519-sha512@openssh.com", .. NistCurves,
            "diffie-hellman-group16-sha512", "diffie-hellman-group14-sha256",
        ],
        HostKey = SshSignatureAlgorithms.HostKeys,
        Cipher =
        [
            "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
            "aes128-ctr", "aes256-ctr",
        ],
        Mac = [.. EncryptThenMac, .. PlainMac],
    };
}
