using System.Security.Cryptography;
using System.Text;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>Published known answers for what the BCL does not do for us.</summary>
public sealed class CipherVectorTests
{
    /// <summary>RFC 8439 section 2.5.2 and appendix A.3, whose last ones lie at the edges of the reduction.</summary>
    [Theory]
    [InlineData(
        "85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
        "43727970746f6772617068696320466f72756d2052657365617263682047726f7570",
        "a8061dc1305136c6c22b8baf0c0127a9")]
    [InlineData(
        "0200000000000000000000000000000000000000000000000000000000000000",
        "ffffffffffffffffffffffffffffffff",
        "03000000000000000000000000000000")]
    [InlineData(
        "02000000000000000000000000000000ffffffffffffffffffffffffffffffff",
        "02000000000000000000000000000000",
        "03000000000000000000000000000000")]
    [InlineData(
        "0100000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffff0ffffffffffffffffffffffffffffff11000000000000000000000000000000",
        "05000000000000000000000000000000")]
    [InlineData(
        "0100000000000000000000000000000000000000000000000000000000000000",
        "fffffffffffffffffffffffffffffffffbfefefefefefefefefefefefefefefe01010101010101010101010101010101",
        "00000000000000000000000000000000")]
    [InlineData(
        "0200000000000000000000000000000000000000000000000000000000000000",
        "fdffffffffffffffffffffffffffffff",
        "faffffffffffffffffffffffffffffff")]
    [InlineData(
        "0100000000000000040000000000000000000000000000000000000000000000",
        "e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000000000000000000000000000000000001000000000000000000000000000000",
        "14000000000000005500000000000000")]
    [InlineData(
        "0100000000000000040000000000000000000000000000000000000000000000",
        "e33594d7505e43b900000000000000003394d7505e4379cd010000000000000000000000000000000000000000000000",
        "13000000000000000000000000000000")]
    public void Poly1305_gives_the_RFCs_tags(string key, string message, string tag)
    {
        byte[] computed = new byte[Poly1305.TagBytes];
        Poly1305.Compute(Convert.FromHexString(key), Convert.FromHexString(message), computed);

        Assert.Equal(tag, Convert.ToHexStringLower(computed));
    }

    [Fact]
    public void Poly1305_agrees_with_BouncyCastle_at_every_length()
    {
        byte[] key = RandomNumberGenerator.GetBytes(Poly1305.KeyBytes);
        byte[] message = RandomNumberGenerator.GetBytes(2000);
        // All bits set drives every carry.
        message.AsSpan(500, 600).Fill(0xFF);
        var reference = new Org.BouncyCastle.Crypto.Macs.Poly1305();
        byte[] expected = new byte[Poly1305.TagBytes];
        byte[] computed = new byte[Poly1305.TagBytes];
        for (int length = 0; length <= message.Length; length++)
        {
            reference.Init(new Org.BouncyCastle.Crypto.Parameters.KeyParameter(key));
            reference.BlockUpdate(message, 0, length);
            reference.DoFinal(expected, 0);
            Poly1305.Compute(key, message.AsSpan(0, length), computed);
            Assert.True(expected.AsSpan().SequenceEqual(computed), $"length {length}");
        }
    }

    /// <summary>The first vector of the original ChaCha20: zero key, zero nonce, block 0.</summary>
    [Fact]
    public void ChaCha20_gives_the_published_first_block()
    {
        byte[] first = new byte[ChaChaBlock.Bytes];
        byte[] second = new byte[ChaChaBlock.Bytes];
        byte[] otherKey = RandomNumberGenerator.GetBytes(32);
        ChaChaBlock.First(new byte[32], otherKey, 0, first, second);

        Assert.Equal(
            "76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            + "da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586",
            Convert.ToHexStringLower(first));
    }

    [Fact]
    public void ChaCha20_agrees_with_BouncyCastle_for_both_keys_and_any_packet()
    {
        byte[] keys = RandomNumberGenerator.GetBytes(64);
        foreach (uint sequence in new uint[] { 0, 1, 255, 256, 0x01020304, uint.MaxValue })
        {
            byte[] first = new byte[ChaChaBlock.Bytes];
            byte[] second = new byte[ChaChaBlock.Bytes];
            ChaChaBlock.First(keys.AsSpan(0, 32), keys.AsSpan(32), sequence, first, second);
            Assert.Equal(ReferenceBlock(keys[..32], sequence), first);
            Assert.Equal(ReferenceBlock(keys[32..], sequence), second);
        }
    }

    /// <summary>NIST SP 800-38A, F.5.1 and F.5.5.</summary>
    [Theory]
    [InlineData(
        "2b7e151628aed2a6abf7158809cf4f3c",
        "874d6191b620e3261bef6864990db6ce9806f66b7970fdff8617187bb9fffdff5ae4df3edbd5d35e5b4f09020db03eab1e031dda2fbe03d1792170a0f3009cee")]
    [InlineData(
        "603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4",
        "601ec313775789a5b7a7f504bbf3d228f443e3ca4d62b59aca84e990cacaf5c52b0930daa23de94ce87017ba2d84988ddfc9c58db67aada613c2dd08457941a6")]
    public void AES_CTR_gives_the_NIST_answers_also_across_calls(string key, string ciphertext)
    {
        byte[] plain = Convert.FromHexString(
            "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
            + "30c81c46a35ce411e5fbc1191a0a52eff69f2445df4f9b17ad2b417be66c3710");
        byte[] iv = Convert.FromHexString("f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff");
        using var keystream = new AesCtrKeystream(Convert.FromHexString(key), iv);
        keystream.Apply(plain.AsSpan(0, 16), plain);
        keystream.Apply(plain.AsSpan(16), plain.AsSpan(16));

        Assert.Equal(ciphertext, Convert.ToHexStringLower(plain));
    }

    [Fact]
    public void AES_CTR_carries_over_all_128_bits()
    {
        byte[] key = Encoding.ASCII.GetBytes("sixteen byte key");
        byte[] iv = new byte[16];
        iv.AsSpan().Fill(0xFF);
        byte[] stream = new byte[32];
        using (var keystream = new AesCtrKeystream(key, iv))
        {
            keystream.Apply(new byte[32], stream);
        }

        using var aes = Aes.Create();
        aes.SetKey(key);

        Assert.Equal(aes.EncryptEcb(iv, PaddingMode.None), stream[..16]);
        Assert.Equal(aes.EncryptEcb(new byte[16], PaddingMode.None), stream[16..]);
    }

    private static byte[] ReferenceBlock(byte[] key, uint sequence)
    {
        byte[] nonce =
            [0, 0, 0, 0, (byte)(sequence >> 24), (byte)(sequence >> 16), (byte)(sequence >> 8), (byte)sequence];
        var engine = new Org.BouncyCastle.Crypto.Engines.ChaChaEngine(20);
        engine.Init(true, new Org.BouncyCastle.Crypto.Parameters.ParametersWithIV(
            new Org.BouncyCastle.Crypto.Parameters.KeyParameter(key), nonce));
        byte[] block = new byte[ChaChaBlock.Bytes];
        engine.ProcessBytes(new byte[ChaChaBlock.Bytes], 0, ChaChaBlock.Bytes, block, 0);
        return block;
    }
}
