using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Math.EC.Rfc7748;

namespace Bastion.Audit.Recordings.Sealing;

/// <summary>
/// Hybrid public key encryption, RFC 9180, in the one form used here: base mode, DHKEM(X25519, HKDF-SHA256),
/// HKDF-SHA256, AES-GCM, one message. The sender needs the public key alone.
/// </summary>
internal static class Hpke
{
    public const int KeyBytes = 32;
    public const int TagBytes = 16;

    private const int NonceBytes = 12;
    private const byte BaseMode = 0;
    private const ushort KemX25519HkdfSha256 = 0x0020;
    private const ushort KdfHkdfSha256 = 0x0001;
    private const ushort AeadAes128Gcm = 0x0001;
    private const ushort AeadAes256Gcm = 0x0002;

    /// <summary>A new X25519 private key.</summary>
    public static byte[] GeneratePrivateKey() => RandomNumberGenerator.GetBytes(KeyBytes);

    public static byte[] PublicKeyOf(ReadOnlySpan<byte> privateKey)
    {
        byte[] publicKey = new byte[KeyBytes];
        X25519.ScalarMultBase(privateKey.ToArray(), 0, publicKey, 0);
        return publicKey;
    }

    /// <summary>Encrypts for the holder of a private key. A new ephemeral key each time.</summary>
    /// <returns>The encapsulated key, and the ciphertext followed by its tag.</returns>
    public static (byte[] Encapsulated, byte[] Sealed) Seal(
        ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> plaintext)
    {
        byte[] ephemeral = GeneratePrivateKey();
        try
        {
            return Seal(recipient, info, associated, plaintext, ephemeral, AeadAes256Gcm);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(ephemeral);
        }
    }

    /// <summary>With the ephemeral key and the cipher given, as the test vectors of the RFC give them.</summary>
    internal static (byte[] Encapsulated, byte[] Sealed) Seal(
        ReadOnlySpan<byte> recipient, ReadOnlySpan<byte> info, ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> plaintext,
        ReadOnlySpan<byte> ephemeral, ushort aead)
    {
        byte[] encapsulated = PublicKeyOf(ephemeral);
        byte[] shared = Agree(ephemeral, recipient, encapsulated, recipient);
        (byte[] key, byte[] nonce) = Schedule(shared, info, aead);
        byte[] result = new byte[plaintext.Length + TagBytes];
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(nonce, plaintext, result.AsSpan(0, plaintext.Length), result.AsSpan(plaintext.Length),
            associated);
        CryptographicOperations.ZeroMemory(key);
        CryptographicOperations.ZeroMemory(shared);
        return (encapsulated, result);
    }

    /// <summary>The plaintext, or null when it was not sealed for this key, or was changed.</summary>
    public static byte[]? Open(
        ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> encapsulated, ReadOnlySpan<byte> info,
        ReadOnlySpan<byte> associated,
        ReadOnlySpan<byte> sealedText)
    {
        if (encapsulated.Length != KeyBytes || sealedText.Length < TagBytes)
        {
            return null;
        }

        byte[] key = [];
        try
        {
            byte[] shared = Agree(privateKey, encapsulated, encapsulated, PublicKeyOf(privateKey));
            (key, byte[] nonce) = Schedule(shared, info, AeadAes256Gcm);
            byte[] plaintext = new byte[sealedText.Length - TagBytes];
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(nonce, sealedText[..plaintext.Length], sealedText[plaintext.Length..], plaintext,
                associated);
            return plaintext;
        }
        catch (CryptographicException)
        {
            return null;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Encap and Decap, RFC 9180 section 4.1: the two sides differ in which private key they have.</summary>
    private static byte[] Agree(
        ReadOnlySpan<byte> privateKey, ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> encapsulated,
        ReadOnlySpan<byte> recipient)
    {
        byte[] agreed = new byte[KeyBytes];
        if (!X25519.CalculateAgreement(privateKey.ToArray(), 0, publicKey.ToArray(), 0, agreed, 0))
        {
            // Section 7.1.4: the all-zero result of a point of small order.
            throw new CryptographicException("the public key is a point of small order");
        }

        byte[] suite = [.. "KEM"u8, .. Two(KemX25519HkdfSha256)];
        byte[] pseudorandom = LabeledExtract(suite, [], "eae_prk", agreed);
        CryptographicOperations.ZeroMemory(agreed);
        return LabeledExpand(suite, pseudorandom, "shared_secret", [.. encapsulated, .. recipient], KeyBytes);
    }

    /// <summary>Section 5.1, base mode; the nonce is that of the first and only message.</summary>
    private static (byte[] Key, byte[] Nonce) Schedule(byte[] shared, ReadOnlySpan<byte> info, ushort aead)
    {
        byte[] suite = [.. "HPKE"u8, .. Two(KemX25519HkdfSha256), .. Two(KdfHkdfSha256), .. Two(aead)];
        byte[] context =
        [
            BaseMode, .. LabeledExtract(suite, [], "psk_id_hash", []),
            .. LabeledExtract(suite, [], "info_hash", info.ToArray()),
        ];
        byte[] secret = LabeledExtract(suite, shared, "secret", []);
        int keyBytes = aead == AeadAes128Gcm ? 16 : 32;
        return (LabeledExpand(suite, secret, "key", context, keyBytes),
            LabeledExpand(suite, secret, "base_nonce", context, NonceBytes));
    }

    private static byte[] LabeledExtract(byte[] suite, byte[] salt, string label, byte[] input) =>
        HKDF.Extract(HashAlgorithmName.SHA256, [.. "HPKE-v1"u8, .. suite, .. Encoding.ASCII.GetBytes(label), .. input],
        salt);

    private static byte[] LabeledExpand(byte[] suite, byte[] pseudorandom, string label, byte[] info, int length) =>
        HKDF.Expand(
            HashAlgorithmName.SHA256, pseudorandom, length,
            [.. Two((ushort)length), .. "HPKE-v1"u8, .. suite, .. Encoding.ASCII.GetBytes(label), .. info]);

    private static byte[] Two(ushort value)
    {
        byte[] bytes = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, value);
        return bytes;
    }
}
