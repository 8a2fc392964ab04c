using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.KeyExchange;

/// <summary>K, in the encoding in which it is hashed; wiped when the keys are derived.</summary>
internal sealed class SharedSecret : IDisposable
{
    private readonly byte[] _encoded;

    private SharedSecret(byte[] encoded) => _encoded = encoded;

    public ReadOnlySpan<byte> Encoded => _encoded;

    /// <summary>RFC 4253 section 8, RFC 5656 section 4, RFC 8731 section 3.1: an mpint, from big-endian
    /// magnitude.</summary>
    public static SharedSecret FromMagnitude(ReadOnlySpan<byte> magnitude)
    {
        var output = new ArrayBufferWriter<byte>(magnitude.Length + 5);
        new SshWriter(output).WriteMpInt(magnitude);
        return Take(output);
    }

    /// <summary>The hybrid methods encode the hash of both secrets as a string.</summary>
    public static SharedSecret FromHash(ReadOnlySpan<byte> hash)
    {
        var output = new ArrayBufferWriter<byte>(hash.Length + 4);
        new SshWriter(output).WriteString(hash);
        return Take(output);
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(_encoded);

    private static SharedSecret Take(ArrayBufferWriter<byte> output)
    {
        var secret = new SharedSecret(output.WrittenSpan.ToArray());
        output.Clear();
        return secret;
    }
}
