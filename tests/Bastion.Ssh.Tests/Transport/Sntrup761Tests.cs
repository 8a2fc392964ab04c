using System.Security.Cryptography;
using Bastion.Ssh.KeyExchange.Primitives;

namespace Bastion.Ssh.Tests.Transport;

public sealed class Sntrup761Tests
{
    [Fact]
    public void BouncyCastle_opens_what_we_encapsulate()
    {
        var pair = new Sntrup761KeyPair();
        for (int i = 0; i < 20; i++)
        {
            byte[] ciphertext = new byte[Sntrup761.CiphertextBytes];
            byte[] secret = new byte[Sntrup761.SecretBytes];
            byte[] opened = new byte[Sntrup761.SecretBytes];
            Sntrup761.Encapsulate(pair.Public, ciphertext, secret);
            pair.Decapsulate(ciphertext, opened);

            Assert.Equal(opened, secret);
        }
    }

    [Fact]
    public void A_changed_ciphertext_opens_to_another_secret()
    {
        var pair = new Sntrup761KeyPair();
        byte[] ciphertext = new byte[Sntrup761.CiphertextBytes];
        byte[] secret = new byte[Sntrup761.SecretBytes];
        byte[] opened = new byte[Sntrup761.SecretBytes];
        Sntrup761.Encapsulate(pair.Public, ciphertext, secret);
        ciphertext[^1] ^= 1;
        pair.Decapsulate(ciphertext, opened);

        Assert.NotEqual(opened, secret);
    }

    [Fact]
    public void Any_bytes_are_a_public_key_and_no_two_secrets_are_alike()
    {
        var secrets = new HashSet<string>();
        for (int i = 0; i < 50; i++)
        {
            byte[] ciphertext = new byte[Sntrup761.CiphertextBytes];
            byte[] secret = new byte[Sntrup761.SecretBytes];
            Sntrup761.Encapsulate(RandomNumberGenerator.GetBytes(Sntrup761.PublicKeyBytes), ciphertext, secret);
            secrets.Add(Convert.ToHexString(secret));
        }

        Assert.Equal(50, secrets.Count);
    }
}
