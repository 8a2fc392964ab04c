using Bastion.Ssh.Keys;

namespace Bastion.Ssh.Tests.Keys;

/// <summary>The files under Keys/Data, which stock `ssh-keygen` made.</summary>
internal static class TestKeys
{
    public const string Passphrase = "correct horse";

    public static string Text(string name) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Keys", "Data", name));

    public static byte[] Bytes(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Keys", "Data", name));

    public static SshPublicKey Public(string name) => SshPublicKey.ParseText(Text(name + ".pub"));

    public static SshPrivateKey Private(string name, string? passphrase = null) =>
        SshPrivateKey.Load(Text(name), passphrase);

    public static OpenSshCertificate Certificate(string name) => (OpenSshCertificate)SshPublicKey.ParseText(Text(name));
}
