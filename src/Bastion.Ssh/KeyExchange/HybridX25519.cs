using System.Security.Cryptography;
using Bastion.Ssh.KeyExchange.Primitives;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// A key encapsulation and X25519 side by side (draft-ietf-sshm-hybrid-kex): the client's share is the KEM's public key
/// and the X25519 key, the server's the ciphertext and its X25519 key; K is the hash of both secrets, as a string.
/// Whoever breaks one of the two has nothing.
/// </summary>
internal abstract class HybridX25519(HashAlgorithmName hash, int publicKeyBytes, int ciphertextBytes)
    : KeyExchangeMethod(hash)
{
    private const int KemSecretBytes = 32;

    public override SharedSecret Respond(ReadOnlySpan<byte> clientShare, out byte[] serverShare)
    {
        if (clientShare.Length != publicKeyBytes + X25519KeyPair.Bytes)
        {
            throw BadShare();
        }

        serverShare = new byte[ciphertextBytes + X25519KeyPair.Bytes];
        Span<byte> secrets = stackalloc byte[KemSecretBytes + X25519KeyPair.Bytes];
        using var pair = new X25519KeyPair();
        if (!TryEncapsulate(clientShare[..publicKeyBytes], serverShare.AsSpan(0, ciphertextBytes),
            secrets[..KemSecretBytes])
            || !pair.TryAgree(clientShare[publicKeyBytes..], secrets[KemSecretBytes..]))
        {
            throw BadShare();
        }

        pair.Public.CopyTo(serverShare.AsSpan(ciphertextBytes));
        return Combine(secrets);
    }

    protected abstract bool TryEncapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret);

    private SharedSecret Combine(Span<byte> secrets)
    {
        byte[] combined = CryptographicOperations.HashData(Hash, secrets);
        CryptographicOperations.ZeroMemory(secrets);
        var secret = SharedSecret.FromHash(combined);
        CryptographicOperations.ZeroMemory(combined);
        return secret;
    }

    protected delegate void Decapsulate(ReadOnlySpan<byte> ciphertext, Span<byte> secret);

    protected sealed class Share(HybridX25519 method, byte[] kemPublicKey, Decapsulate decapsulate) : KeyShare
    {
        private readonly X25519KeyPair _pair = new();

        public override ReadOnlyMemory<byte> Public => (byte[])[.. kemPublicKey, .. _pair.Public];

        public override SharedSecret Agree(ReadOnlySpan<byte> serverShare)
        {
            int ciphertextBytes = serverShare.Length - X25519KeyPair.Bytes;
            if (ciphertextBytes != method.CiphertextBytes)
            {
                throw BadShare();
            }

            Span<byte> secrets = stackalloc byte[KemSecretBytes + X25519KeyPair.Bytes];
            decapsulate(serverShare[..ciphertextBytes], secrets[..KemSecretBytes]);
            if (!_pair.TryAgree(serverShare[ciphertextBytes..], secrets[KemSecretBytes..]))
            {
                throw BadShare();
            }

            return method.Combine(secrets);
        }

        public override void Dispose() => _pair.Dispose();
    }

    private int CiphertextBytes => ciphertextBytes;
}

/// <summary>mlkem768x25519-sha256 (draft-ietf-sshm-mlkem-hybrid-kex), OpenSSH's first choice since 10.0.</summary>
internal sealed class MlKem768X25519()
    : HybridX25519(HashAlgorithmName.SHA256, MlKem768.PublicKeyBytes, MlKem768.CiphertextBytes)
{
    public override KeyShare CreateShare()
    {
        var pair = new MlKem768KeyPair();
        return new Share(this, pair.Public, pair.Decapsulate);
    }

    protected override bool TryEncapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret) =>
        MlKem768.TryEncapsulate(publicKey, ciphertext, secret);
}

/// <summary>sntrup761x25519-sha512 (draft-ietf-sshm-ntruprime-ssh), OpenSSH's first choice from 9.0 to 9.9.</summary>
internal sealed class Sntrup761X25519()
    : HybridX25519(HashAlgorithmName.SHA512, Sntrup761.PublicKeyBytes, Sntrup761.CiphertextBytes)
{
    public override KeyShare CreateShare()
    {
        var pair = new Sntrup761KeyPair();
        return new Share(this, pair.Public, pair.Decapsulate);
    }

    protected override bool TryEncapsulate(ReadOnlySpan<byte> publicKey, Span<byte> ciphertext, Span<byte> secret)
    {
        Sntrup761.Encapsulate(publicKey, ciphertext, secret);
        return true;
    }
}
