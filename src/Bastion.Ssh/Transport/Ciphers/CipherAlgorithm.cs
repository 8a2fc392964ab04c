using System.Security.Cryptography;

namespace Bastion.Ssh.Transport.Ciphers;

/// <summary>A MAC that can be negotiated (RFC 6668; OpenSSH's PROTOCOL section 1.5 for the -etm names).</summary>
internal sealed record MacAlgorithm(string Name, HashAlgorithmName Hash, int KeyBytes, bool EncryptThenMac)
{
    private static readonly MacAlgorithm[] All =
    [
        new("hmac-sha2-256-etm@openssh.com", HashAlgorithmName.SHA256, 32, true),
        new("hmac-sha2-512-etm@openssh.com", HashAlgorithmName.SHA512, 64, true),
        new("hmac-sha2-256", HashAlgorithmName.SHA256, 32, false),
        new("hmac-sha2-512", HashAlgorithmName.SHA512, 64, false),
    ];

    public static MacAlgorithm? Find(string name) => Array.Find(All, mac => mac.Name == name);

    public PacketMac Create(ReadOnlySpan<byte> key) => new(Hash, key, KeyBytes);
}

/// <summary>A cipher that can be negotiated, and how its packets are sealed and opened.</summary>
internal sealed record CipherAlgorithm(string Name, CipherKind Kind, int KeyBytes, int IvBytes)
{
    private static readonly CipherAlgorithm[] All =
    [
        new("aes256-gcm@openssh.com", CipherKind.AesGcm, 32, AesGcmPackets.NonceBytes),
        new("aes128-gcm@openssh.com", CipherKind.AesGcm, 16, AesGcmPackets.NonceBytes),
        new("chacha20-poly1305@openssh.com", CipherKind.ChaChaPoly, ChaChaPolyKeys.KeyBytes, 0),
        new("aes256-ctr", CipherKind.AesCtr, 32, 16),
        new("aes128-ctr", CipherKind.AesCtr, 16, 16),
    ];

    /// <summary>Whether the cipher authenticates by itself, so that no MAC is negotiated.</summary>
    public bool IsAead => Kind != CipherKind.AesCtr;

    public static CipherAlgorithm? Find(string name) => Array.Find(All, cipher => cipher.Name == name);

    public PacketSealer CreateSealer(PacketKeys keys, MacAlgorithm? mac) => Kind switch
    {
        CipherKind.AesGcm => new AesGcmPacketSealer(keys.Key, keys.Iv),
        CipherKind.ChaChaPoly => new ChaChaPolyPacketSealer(keys.Key),
        _ => new AesCtrPacketSealer(new AesCtrKeystream(keys.Key, keys.Iv), mac!.Create(keys.MacKey),
            mac.EncryptThenMac),
    };

    public PacketOpener CreateOpener(PacketKeys keys, MacAlgorithm? mac) => Kind switch
    {
        CipherKind.AesGcm => new AesGcmPacketOpener(keys.Key, keys.Iv),
        CipherKind.ChaChaPoly => new ChaChaPolyPacketOpener(keys.Key),
        _ when mac!.EncryptThenMac =>
            new AesCtrEtmPacketOpener(new AesCtrKeystream(keys.Key, keys.Iv), mac.Create(keys.MacKey)),
        _ => new AesCtrPacketOpener(new AesCtrKeystream(keys.Key, keys.Iv), mac.Create(keys.MacKey)),
    };
}

internal enum CipherKind
{
    AesGcm,
    ChaChaPoly,
    AesCtr,
}

/// <summary>The keys of one direction (RFC 4253 section 7.2); wiped once the cipher has them.</summary>
internal sealed record PacketKeys(byte[] Iv, byte[] Key, byte[] MacKey) : IDisposable
{
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(Iv);
        CryptographicOperations.ZeroMemory(Key);
        CryptographicOperations.ZeroMemory(MacKey);
    }
}
