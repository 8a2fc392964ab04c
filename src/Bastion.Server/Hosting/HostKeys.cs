using System.Text;
using Bastion.Control;
using Bastion.Ssh.Keys;
using Bastion.Storage;

namespace Bastion.Server.Hosting;

/// <summary>
/// The keys by which clients know this gateway: OpenSSH private key files in the data directory, made at the first
/// start. To bring one's own, put the file in its place before.
/// </summary>
public static class HostKeys
{
    /// <summary>In the order in which they are offered. RSA is there for clients that know nothing newer.</summary>
    private static readonly (string File, SshKeyKind Kind)[] Wanted =
    [
        ("ssh_host_ed25519_key", SshKeyKind.Ed25519),
        ("ssh_host_ecdsa_key", SshKeyKind.EcdsaNistp256),
        ("ssh_host_rsa_key", SshKeyKind.Rsa3072),
    ];

    /// <exception cref="GatewayStartException">A file is open to others or holds no key.</exception>
    public static IReadOnlyList<SshPrivateKey> LoadOrCreate(string keysDirectory) =>
        [.. Wanted.Select(wanted => LoadOrCreate(Path.Combine(keysDirectory, wanted.File), wanted.Kind))];

    /// <summary>What clients put into their known_hosts, one line a key.</summary>
    public static IEnumerable<string> KnownHostsLines(IEnumerable<SshPrivateKey> keys, string host, int port) =>
        keys.Select(key =>
            $"{(port == 22 ? host : $"[{host}]:{port}")} {key.PublicKey}");

    private static SshPrivateKey LoadOrCreate(string path, SshKeyKind kind)
    {
        try
        {
            if (File.Exists(path))
            {
                DataDirectory.RequirePrivate(path);
                return SshPrivateKey.Load(File.ReadAllText(path));
            }

            var made = SshPrivateKey.Generate(kind);
            DataDirectory.WritePrivateFile(path,
                Encoding.UTF8.GetBytes(made.ToOpenSsh(comment: Path.GetFileName(path))));
            return made;
        }
        catch (Exception failure) when (failure is DataDirectoryException or SshKeyException)
        {
            throw new GatewayStartException([$"host key `{path}`: {failure.Message}"], failure);
        }
    }
}
