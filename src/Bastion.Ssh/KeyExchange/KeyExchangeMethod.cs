using System.Security.Cryptography;

namespace Bastion.Ssh.KeyExchange;

/// <summary>
/// One way to agree on a secret. Every method we know has one message each way, a string from the client and a string
/// from the server (RFC 5656 section 4; the mpints of RFC 4253 section 8 have the same form), so one exchange serves
/// all.
/// </summary>
internal abstract class KeyExchangeMethod(HashAlgorithmName hash)
{
    private static readonly Dictionary<string, KeyExchangeMethod> All = new(StringComparer.Ordinal)
    {
        ["mlkem768x25519-sha256"] = new MlKem768X25519(),
        ["sntrup761x25519-sha512"] = new Sntrup761X25519(),
        ["sntrup761x25519-sha512@openssh.com"] = new Sntrup761X25519(),
        ["curve25519-sha256"] = new Curve25519(),
        ["curve25519-sha256@libssh.org"] = new Curve25519(),
        ["ecdh-sha2-nistp256"] = new EcdhNistp(ECCurve.NamedCurves.nistP256, 32, HashAlgorithmName.SHA256),
        ["ecdh-sha2-nistp384"] = new EcdhNistp(ECCurve.NamedCurves.nistP384, 48, HashAlgorithmName.SHA384),
        ["ecdh-sha2-nistp521"] = new EcdhNistp(ECCurve.NamedCurves.nistP521, 66, HashAlgorithmName.SHA512),
        ["diffie-hellman-group16-sha512"] = new DhGroup(DhGroup.Group16, HashAlgorithmName.SHA512),
        ["diffie-hellman-group14-sha256"] = new DhGroup(DhGroup.Group14, HashAlgorithmName.SHA256),
    };

    /// <summary>The hash of the exchange and of the key derivation.</summary>
    public HashAlgorithmName Hash => hash;

    public static KeyExchangeMethod? Find(string name) => All.GetValueOrDefault(name);

    /// <summary>The client's part; its share is what goes out.</summary>
    public abstract KeyShare CreateShare();

    /// <summary>The server's part: answers a client's share with its own and the secret.</summary>
    /// <exception cref="SshDisconnectException">The share is none.</exception>
    public abstract SharedSecret Respond(ReadOnlySpan<byte> clientShare, out byte[] serverShare);

    protected static SshDisconnectException BadShare() =>
        new(DisconnectReason.KeyExchangeFailed, Blame.Peer, "the peer's key exchange value is invalid");
}

/// <summary>The client's secret between its message and the server's answer.</summary>
internal abstract class KeyShare : IDisposable
{
    /// <summary>What the client sends.</summary>
    public abstract ReadOnlyMemory<byte> Public { get; }

    /// <exception cref="SshDisconnectException">The server's share is none.</exception>
    public abstract SharedSecret Agree(ReadOnlySpan<byte> serverShare);

    public abstract void Dispose();
}
