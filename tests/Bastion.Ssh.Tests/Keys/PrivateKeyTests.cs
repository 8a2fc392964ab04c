using Bastion.Ssh.Keys;

namespace Bastion.Ssh.Tests.Keys;

public sealed class PrivateKeyTests
{
    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa256")]
    [InlineData("ecdsa384")]
    [InlineData("ecdsa521")]
    [InlineData("rsa2048")]
    [InlineData("rsa3072")]
    public void OpenSsh_file_yields_the_key_and_its_comment(string name)
    {
        using SshPrivateKey key = TestKeys.Private(name);

        Assert.Equal(TestKeys.Public(name), key.PublicKey);
        Assert.Equal($"test {name}", key.Comment);
    }

    [Theory]
    [InlineData("ed25519-locked")]
    [InlineData("ed25519-locked-gcm")]
    [InlineData("ecdsa256-locked-cbc")]
    [InlineData("ecdsa256-pkcs8")]
    public void Locked_file_opens_with_its_passphrase_only(string name)
    {
        using SshPrivateKey key = TestKeys.Private(name, TestKeys.Passphrase);
        byte[] signature = key.Sign(key.PublicKey.SignatureAlgorithms[0], "x"u8);
        Assert.True(key.PublicKey.Verify(key.PublicKey.SignatureAlgorithms[0], "x"u8, signature));

        Assert.Equal("wrong passphrase",
            Assert.Throws<SshKeyException>(() => TestKeys.Private(name, "incorrect horse")).Message);
        Assert.Equal("the key needs its passphrase",
            Assert.Throws<SshKeyException>(() => TestKeys.Private(name)).Message);
    }

    [Theory]
    [InlineData("rsa2048-pkcs1", "rsa2048")]
    [InlineData("ecdsa384-sec1", "ecdsa384")]
    public void Pem_file_yields_the_same_key_as_the_OpenSsh_file(string pem, string name)
    {
        using SshPrivateKey key = TestKeys.Private(pem);
        Assert.Equal(TestKeys.Public(name), key.PublicKey);
    }

    [Fact]
    public void Ed25519_in_pkcs8_is_read()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519-pkcs8");
        Assert.True(key.PublicKey.Verify("ssh-ed25519", "x"u8, key.Sign("ssh-ed25519", "x"u8)));
    }

    [Theory]
    [InlineData(SshKeyKind.Ed25519, null)]
    [InlineData(SshKeyKind.Ed25519, "battery staple")]
    [InlineData(SshKeyKind.EcdsaNistp256, null)]
    [InlineData(SshKeyKind.EcdsaNistp384, null)]
    [InlineData(SshKeyKind.EcdsaNistp521, "battery staple")]
    [InlineData(SshKeyKind.Rsa3072, null)]
    public void Generated_key_survives_being_written_and_read(SshKeyKind kind, string? passphrase)
    {
        using var made = SshPrivateKey.Generate(kind);
        string file = made.ToOpenSsh(passphrase, "made here");
        using var read = SshPrivateKey.Load(file, passphrase);

        Assert.Equal(made.PublicKey, read.PublicKey);
        Assert.Equal("made here", read.Comment);
        string algorithm = read.PublicKey.SignatureAlgorithms[^1];
        Assert.True(made.PublicKey.Verify(algorithm, "x"u8, read.Sign(algorithm, "x"u8)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hello")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END "
        + "RSA PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\n")]
    public void What_is_no_private_key_is_called_so(string text) =>
        Assert.StartsWith("not a private key", Assert.Throws<SshKeyException>(() => SshPrivateKey.Load(text)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void File_with_a_cipher_that_is_not_taken_says_how_to_mend_it() =>
        Assert.Contains("ssh-keygen -p", Assert.Throws<SshKeyException>(() =>
        TestKeys.Private("ed25519-locked-chacha", TestKeys.Passphrase)).Message, StringComparison.Ordinal);

    [Fact]
    public void File_with_any_byte_changed_never_yields_another_key()
    {
        string text = TestKeys.Text("ed25519");
        int start = text.IndexOf('\n', StringComparison.Ordinal) + 1;
        int end = text.LastIndexOf("-----END", StringComparison.Ordinal) - 1;
        byte[] file = Convert.FromBase64String(text[start..end].Replace("\n", "", StringComparison.Ordinal));
        SshPublicKey expected = TestKeys.Public("ed25519");
        for (int index = 0; index < file.Length; index++)
        {
            file[index] ^= 1;
            string changed =
                $"-----BEGIN OPENSSH PRIVATE KEY-----\n{Convert.ToBase64String(file)}\n-----END OPENSSH PRIVATE "
                + "KEY-----\n";
            file[index] ^= 1;
            try
            {
                using var key = SshPrivateKey.Load(changed);
                // Only the comment may differ.
                Assert.Equal(expected, key.PublicKey);
                Assert.NotEqual("test ed25519", key.Comment);
            }
            catch (SshKeyException)
            {
            }
        }
    }

    [Fact]
    public void Signing_as_another_algorithm_is_refused()
    {
        using SshPrivateKey key = TestKeys.Private("rsa2048");
        Assert.Throws<ArgumentException>(() => key.Sign("ssh-rsa", "x"u8));
    }
}
