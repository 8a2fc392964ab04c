using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bastion.Ssh.Keys;

/// <summary>RFC 8032: the 32-byte seed; the public key is kept beside it, so that signing does not compute it
/// anew.</summary>
internal sealed class Ed25519PrivateKey : SshPrivateKey
{
    private readonly byte[] _seed;
    private readonly Ed25519PublicKey _public;

    private Ed25519PrivateKey(byte[] seed, Ed25519PublicKey publicKey)
    {
        _seed = seed;
        _public = publicKey;
    }

    public override SshPublicKey PublicKey => _public;

    public static Ed25519PrivateKey Generate() => FromSeed(RandomNumberGenerator.GetBytes(Ed25519.SecretKeySize), "");

    public static Ed25519PrivateKey FromSeed(byte[] seed, string comment)
    {
        if (seed.Length != Ed25519.SecretKeySize)
        {
            throw new SshKeyException("not a private key: an ed25519 seed has 32 bytes");
        }

        byte[] publicBytes = new byte[Ed25519.PublicKeySize];
        Ed25519.GeneratePublicKey(seed, 0, publicBytes, 0);
        Ed25519PublicKey publicKey = Ed25519PublicKey.Create(publicBytes)
            ?? throw new SshKeyException("not a private key: the ed25519 seed yields no public key");
        return new Ed25519PrivateKey(seed, publicKey) { Comment = comment };
    }

    /// <summary>string type, string public key (32), string seed ‖ public key (64).</summary>
    internal override void WritePrivateFields(ref SshWriter writer)
    {
        writer.WriteString(_public.KeyType);
        writer.WriteString(_public.Key);
        Span<byte> both = stackalloc byte[Ed25519.SecretKeySize + Ed25519.PublicKeySize];
        _seed.CopyTo(both);
        _public.Key.CopyTo(both[Ed25519.SecretKeySize..]);
        writer.WriteString(both);
        CryptographicOperations.ZeroMemory(both);
    }

    private protected override byte[] SignRaw(string algorithm, ReadOnlySpan<byte> data)
    {
        byte[] signature = new byte[Ed25519.SignatureSize];
        byte[] message = ArrayPool<byte>.Shared.Rent(data.Length);
        try
        {
            data.CopyTo(message);
            // The public key given here is our own, computed from the seed: a foreign one would leak the seed.
            Ed25519.Sign(_seed, 0, _public.Key, 0, message, 0, data.Length, signature, 0);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }

        return signature;
    }

    protected override void Dispose(bool disposing) => CryptographicOperations.ZeroMemory(_seed);
}
