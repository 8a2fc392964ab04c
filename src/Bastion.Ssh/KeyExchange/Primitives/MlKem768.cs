using System.Security.Cryptography;
using Org.BouncyCastle.Crypto.Kems;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Security;

namespace Bastion.Ssh.KeyExchange.Primitives;

/// <summary>ML-KEM-768 (FIPS 203). The BCL's needs an OpenSSL newer than the distributions we run on.</summary>
internal static class MlKem768
{
    public const int PublicKeyBytes = 1184;
    public const int CiphertextBytes = 1088;
    public const int SecretBytes = 32;

    /// <summary>False when the key fails FIPS 203's modulus check.</summary>
    public static bool TryEncapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret)
    {
        MLKemPublicKeyParameters key;
        try
        {
            key = MLKemPublicKeyParameters.FromEncoding(MLKemParameters.ml_kem_768, publicKey.ToArray());
        }
        catch (ArgumentException)
        {
            return false;
        }

        var encapsulator = new MLKemEncapsulator(MLKemParameters.ml_kem_768);
        encapsulator.Init(new ParametersWithRandom(key, new SecureRandom(SystemRandom.Instance)));
        encapsulator.Encapsulate(ciphertext, secret);
        return true;
    }

    public static MlKem768KeyPair CreateKeyPair() => new();
}

internal sealed class MlKem768KeyPair
{
    private readonly MLKemPrivateKeyParameters _private;

    public MlKem768KeyPair()
    {
        // d and z, from which FIPS 203 makes the key.
        byte[] seed = RandomNumberGenerator.GetBytes(2 * MlKem768.SecretBytes);
        _private = MLKemPrivateKeyParameters.FromSeed(MLKemParameters.ml_kem_768, seed);
        CryptographicOperations.ZeroMemory(seed);
        Public = _private.GetPublicKeyEncoded();
    }

    public byte[] Public { get; }

    public void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret)
    {
        var decapsulator = new MLKemDecapsulator(MLKemParameters.ml_kem_768);
        decapsulator.Init(_private);
        decapsulator.Decapsulate(ciphertext, secret);
    }
}
