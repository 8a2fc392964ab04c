using System.Security.Cryptography;
using System.Text;

namespace Bastion.Storage;

/// <summary>
/// Encrypts small secrets at rest: AES-256-GCM under a key file beside the database. It keeps a copied database or
/// backup worthless; it cannot keep anything from root on the gateway, who can read the key as well.
/// </summary>
public sealed class SecretBox : IDisposable
{
    private const int KeyLength = 32;

    private static readonly int NonceLength = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int TagLength = AesGcm.TagByteSizes.MaxSize;

    private readonly byte[] _key;

    private SecretBox(byte[] key) => _key = key;

    /// <summary>Reads the key, or makes one on the first start.</summary>
    public static SecretBox LoadOrCreate(string keyFile)
    {
        if (!File.Exists(keyFile))
        {
            DataDirectory.WritePrivateFile(keyFile, RandomNumberGenerator.GetBytes(KeyLength));
        }

        DataDirectory.RequirePrivate(keyFile);
        byte[] key = File.ReadAllBytes(keyFile);
        return key.Length == KeyLength
            ? new SecretBox(key)
            : throw new DataDirectoryException($"`{keyFile}` is damaged: {key.Length} bytes instead of {KeyLength}");
    }

    /// <param name="purpose">Bound to the result, so that a row moved to another place does not decrypt there.</param>
    public byte[] Seal(ReadOnlySpan<byte> secret, string purpose)
    {
        byte[] sealedSecret = new byte[NonceLength + secret.Length + TagLength];
        Span<byte> nonce = sealedSecret.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using AesGcm cipher = Cipher();
        cipher.Encrypt(
            nonce,
            secret,
            sealedSecret.AsSpan(NonceLength, secret.Length),
            sealedSecret.AsSpan(NonceLength + secret.Length),
            Encoding.UTF8.GetBytes(purpose));
        return sealedSecret;
    }

    /// <exception cref="CryptographicException">Changed, cut, or sealed for another purpose or by another
    /// key.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedSecret, string purpose)
    {
        if (sealedSecret.Length < NonceLength + TagLength)
        {
            throw new CryptographicException("a sealed secret is too short");
        }

        byte[] secret = new byte[sealedSecret.Length - NonceLength - TagLength];
        using AesGcm cipher = Cipher();
        cipher.Decrypt(
            sealedSecret[..NonceLength],
            sealedSecret[NonceLength..^TagLength],
            sealedSecret[^TagLength..],
            secret,
            Encoding.UTF8.GetBytes(purpose));
        return secret;
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    /// <summary>One for each call: a shared AesGcm mixes up what threads do at the same time.</summary>
    private AesGcm Cipher() => new(_key, TagLength);
}
