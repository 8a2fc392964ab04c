using System.Security.Cryptography;
using Bastion.Ssh.Keys;

namespace Bastion.Fuzz.Harnesses;

/// <summary>Files that people hand in: keys, known hosts, authorized keys, signatures. Each is read, or refused as what
/// it is.</summary>
internal sealed class KeyFiles : Harness
{
    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        "\n", " ", ",", "=", "\"", "ssh-ed25519 ", "ssh-rsa ", "ecdsa-sha2-nistp256 ", "sk-ssh-ed25519@openssh.com ",
        "ssh-ed25519-cert-v01@openssh.com ", "AAAAC3NzaC1lZDI1NTE5AAAAI", "AAAA", "@cert-authority ", "@revoked ", "*",
        "!", "[host]:2222 ", "|1|",
        "-----BEGIN OPENSSH PRIVATE KEY-----\n", "-----END OPENSSH PRIVATE KEY-----\n",
        "-----BEGIN RSA PRIVATE KEY-----\n", "-----BEGIN EC PRIVATE KEY-----\n", "-----BEGIN PRIVATE KEY-----\n",
        "-----BEGIN SSH SIGNATURE-----\n", "Proc-Type: 4,ENCRYPTED\n", "command=\"x\" ",
        "from=\"10.0.0.0/8\" ", "restrict ", "cert-authority ",
    ]);

    public override string Name => "keys";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string text = Text(input);
        int behaviour = 0;
        Read(() => AuthorizedKeys.Parse(text, "keys"), 1);
        Read(() => KnownHosts.Parse(text, "known_hosts"), 2);
        Read(() => SshPublicKey.ParseText(text), 4);
        Read(() => SshPrivateKey.Load(text), 8);
        Read(() => SshSignature.Verify(text, "test", [1, 2, 3]) ?? throw new SshKeyException("not signed"), 16);
        Read(() => SshPublicKey.TryParse(input, out _) ? input : throw new SshKeyException("no key"), 32);
        return behaviour;

        void Read(Func<object> read, int bit)
        {
            try
            {
                read();
                behaviour |= bit;
            }
            // What a person is told about; a broken PEM's numbers are refused by the cryptography itself.
            catch (Exception e) when (e is SshKeyException or CryptographicException)
            {
            }
        }
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        foreach (SshKeyKind kind in (SshKeyKind[])[SshKeyKind.Ed25519, SshKeyKind.EcdsaNistp256])
        {
            using var key = SshPrivateKey.Generate(kind);
            yield return Utf8(key.PublicKey.ToString()!);
            yield return Utf8("host,10.0.0.1 " + key.PublicKey);
            yield return Utf8("from=\"10.0.0.0/8\",restrict " + key.PublicKey + " alice@laptop\n# x\n");
            yield return Utf8(key.ToOpenSsh());
            yield return key.PublicKey.Blob.ToArray();
        }
    }
}
