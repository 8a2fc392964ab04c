using Org.BouncyCastle.Crypto;
using Org.BouncyCastle.Pqc.Crypto.NtruPrime;
using Org.BouncyCastle.Security;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>
/// The receiver's half, BouncyCastle's: only targets that know neither ML-KEM nor X25519 ask it of us, so its hundred
/// milliseconds do not matter.
/// </summary>
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
