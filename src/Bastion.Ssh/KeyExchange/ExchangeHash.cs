using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// H of RFC 4253 section 8 and RFC 5656 section 4: the hash of V_C, V_S, I_C, I_S, K_S, the client's share, the
/// server's share (all as strings) and K as it is encoded.
/// </summary>
internal static class ExchangeHash
{
    public static byte[] Compute(
        HashAlgorithmName hash, Transcript transcript, ReadOnlySpan<byte> hostKey, ReadOnlySpan<byte> clientShare,
        ReadOnlySpan<byte> serverShare, SharedSecret secret)
    {
        using var digest = IncrementalHash.CreateHash(hash);
        AppendString(digest, Encoding.Latin1.GetBytes(transcript.ClientIdentification));
        AppendString(digest, Encoding.Latin1.GetBytes(transcript.ServerIdentification));
        AppendString(digest, transcript.ClientKexInit);
        AppendString(digest, transcript.ServerKexInit);
        AppendString(digest, hostKey);
        AppendString(digest, clientShare);
        AppendString(digest, serverShare);
        digest.AppendData(secret.Encoded);
        return digest.GetHashAndReset();
    }

    private static void AppendString(IncrementalHash digest, ReadOnlySpan<byte> value)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, value.Length);
        digest.AppendData(length);
        digest.AppendData(value);
    }
}

/// <summary>What both sides said before the key exchange proper; all of it is hashed, so none of it can be
/// altered.</summary>
internal sealed record Transcript(
    string ClientIdentification, string ServerIdentification, byte[] ClientKexInit, byte[] ServerKexInit);
