using System.Security.Cryptography;
using System.Text;
using Bastion.Storage;
using Bastion.Ssh.Keys;
using OtpNet;

namespace Bastion.Cli.Demo;

/// <summary>What one person of the demo holds: a key file, a password, the secret of her authenticator.</summary>
internal sealed record DemoPerson(string Name, string KeyFile, string PublicKey, string Password, string Totp)
{
    /// <summary>In bytes: what RFC 4226 section 4 recommends.</summary>
    private const int TotpSecretLength = 20;

    /// <summary>Some 80 bits, written in words that can be typed.</summary>
    private const int PasswordBytes = 10;

    public byte[] TotpSecret => Base32Encoding.ToBytes(Totp);

    /// <summary>Reads what an earlier demo in the same directory made, or makes it.</summary>
    public static DemoPerson LoadOrCreate(string directory, string name)
    {
        string home = Path.Combine(directory, name);
        Directory.CreateDirectory(home);
        string keyFile = Path.Combine(home, "id_ed25519");
        string key = Kept(keyFile, () => SshPrivateKey.Generate(SshKeyKind.Ed25519).ToOpenSsh(comment: $"{name}@demo"));
        using var loaded = SshPrivateKey.Load(key);
        string publicKey = $"{loaded.PublicKey} {name}@demo";
        File.WriteAllText(keyFile + ".pub", publicKey + "\n");
        string password = Kept(
            Path.Combine(home, "password"),
            () => Base32Encoding.ToString(RandomNumberGenerator.GetBytes(PasswordBytes)).ToLowerInvariant());
        string totp = Kept(
            Path.Combine(home, "totp"),
            () => Base32Encoding.ToString(RandomNumberGenerator.GetBytes(TotpSecretLength)));
        return new DemoPerson(name, keyFile, publicKey, password, totp);
    }

    private static string Kept(string path, Func<string> make)
    {
        if (!File.Exists(path))
        {
            DataDirectory.WritePrivateFile(path, Encoding.UTF8.GetBytes(make().TrimEnd('\n') + "\n"));
        }

        return File.ReadAllText(path).TrimEnd('\n');
    }
}
