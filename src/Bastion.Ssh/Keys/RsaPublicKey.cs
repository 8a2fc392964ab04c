using System.Buffers;
using System.Numerics;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>RFC 4253 section 6.6: string "ssh-rsa", mpint e, mpint n; signatures by RFC 8332 only.</summary>
internal sealed class RsaPublicKey : SshPublicKey
{
    /// <summary>NIST SP 800-131A: shorter is no longer acceptable.</summary>
    public const int MinModulusBits = 2048;

    /// <summary>OpenSSH's own bound; verifying costs grow with the square.</summary>
    public const int MaximumModulusBits = 16384;

    /// <summary>A longer exponent only makes checking slow; everyone uses 65537.</summary>
    private const int MaximumExponentBytes = 8;

    private readonly byte[] _blob;
    private readonly RSA _key;
    private readonly int _modulusSize;

    private RsaPublicKey(RSAParameters parameters, RSA key)
    {
        _key = key;
        _modulusSize = parameters.Modulus!.Length;
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteString(KeyType);
        writer.WriteMpInt(parameters.Exponent);
        writer.WriteMpInt(parameters.Modulus);
        _blob = output.WrittenSpan.ToArray();
    }

    public override string KeyType => "ssh-rsa";

    public override ReadOnlyMemory<byte> Blob => _blob;

    public override IReadOnlyList<string> SignatureAlgorithms { get; } =
        [SshSignatureAlgorithms.RsaSha512, SshSignatureAlgorithms.RsaSha256];

    public static RsaPublicKey? Create(ReadOnlySpan<byte> exponent, ReadOnlySpan<byte> modulus)
    {
        exponent = exponent.TrimStart((byte)0);
        modulus = modulus.TrimStart((byte)0);
        if (exponent.IsEmpty || exponent.Length > MaximumExponentBytes || modulus.IsEmpty)
        {
            return null;
        }

        int bits = (modulus.Length * 8) - (BitOperations.LeadingZeroCount((uint)modulus[0]) - 24);
        bool odd = (exponent[^1] & 1) == 1 && (modulus[^1] & 1) == 1;
        bool one = exponent.Length == 1 && exponent[0] == 1;
        if (bits is < MinModulusBits or > MaximumModulusBits || !odd || one)
        {
            return null;
        }

        var parameters = new RSAParameters() { Exponent = exponent.ToArray(), Modulus = modulus.ToArray() };
        try
        {
            return new RsaPublicKey(parameters, RSA.Create(parameters));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        HashAlgorithmName hash = HashOf(algorithm);
        if (hash == default || !SignatureBlob.TryRead(signature, algorithm, out ReadOnlySpan<byte> raw)
            || raw.Length > _modulusSize)
        {
            return false;
        }

        if (raw.Length == _modulusSize)
        {
            return _key.VerifyData(data, raw, hash, RSASignaturePadding.Pkcs1);
        }

        // PuTTY writes the number without leading zeros, so one signature in 256 is a byte short (OpenSSH pads too).
        byte[] padded = new byte[_modulusSize];
        raw.CopyTo(padded.AsSpan(_modulusSize - raw.Length));
        return _key.VerifyData(data, padded, hash, RSASignaturePadding.Pkcs1);
    }

    public static HashAlgorithmName HashOf(string algorithm) => algorithm switch
    {
        SshSignatureAlgorithms.RsaSha512 => HashAlgorithmName.SHA512,
        SshSignatureAlgorithms.RsaSha256 => HashAlgorithmName.SHA256,
        _ => default,
    };
}
