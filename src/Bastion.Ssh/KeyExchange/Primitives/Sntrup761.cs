using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Pqc.Crypto.NtruPrime;
using Org.BouncyCastle.Security;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>Streamlined NTRU Prime 761, as in OpenSSH since 8.5.</summary>
internal static class Sntrup761
{
    public const int PublicKeyBytes = 1158;
    public const int CiphertextBytes = 1039;
    public const int SecretBytes = 32;

    public static void Encapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret)
    {
        var key = new SNtruPrimePublicKeyParameters(SNtruPrimeParameters.sntrup761, publicKey.ToArray());
        var generator = new SNtruPrimeKemGenerator(new SecureRandom(SystemRandom.Instance));
        using ISecretWithEncapsulation made = generator.GenerateEncapsulated(key);
        made.GetEncapsulation().CopyTo(ciphertext);
        made.GetSecret().CopyTo(secret);
    }
}

internal sealed class Sntrup761KeyPair
{
    private readonly SNtruPrimePrivateKeyParameters _private;

    public Sntrup761KeyPair()
    {
        var generator = new SNtruPrimeKeyPairGenerator();
        generator.Init(new SNtruPrimeKeyGenerationParameters(
            new SecureRandom(SystemRandom.Instance), SNtruPrimeParameters.sntrup761));
        AsymmetricCipherKeyPair pair = generator.GenerateKeyPair();
        _private = (SNtruPrimePrivateKeyParameters)pair.Private;
        Public = ((SNtruPrimePublicKeyParameters)pair.Public).GetEncoded();
    }

    public byte[] Public { get; }

    public void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret) =>
        new SNtruPrimeKemExtractor(_private).ExtractSecret(ciphertext.ToArray()).CopyTo(secret);
}
