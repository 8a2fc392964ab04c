using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Keys;

/// <summary>What a FIDO authenticator stated beside its signature (PROTOCOL.u2f, "SSH U2F signatures").</summary>
/// <param name="UserVerified">The person was verified (PIN, biometry), not only present.</param>
/// <param name="Counter">The authenticator's signature counter.</param>
public readonly record struct SecurityKeyAssertion(bool UserVerified, uint Counter);

/// <summary>
/// PROTOCOL.u2f: string "sk-ssh-ed25519@openssh.com", string key, string application; or
/// string "sk-ecdsa-sha2-nistp256@openssh.com", string curve, string Q, string application.
/// </summary>
internal sealed class SecurityKeyPublicKey : SshPublicKey
{
    private const byte UserPresent = 0x01;
    private const byte UserVerified = 0x04;

    /// <summary>Reserved bits and extension data are never set in what OpenSSH and the authenticators
    /// produce.</summary>
    private const byte KnownFlags = UserPresent | UserVerified;

    /// <summary>SHA256(application), flags, counter, SHA256(message).</summary>
    private const int SignedSize = 32 + 1 + 4 + 32;

    private readonly byte[] _blob;
    private readonly byte[] _applicationDigest;
    private readonly SshPublicKey _inner;

    public SecurityKeyPublicKey(SshPublicKey inner, string application)
    {
        _inner = inner;
        Application = application;
        _applicationDigest = SHA256.HashData(Encoding.UTF8.GetBytes(application));
        KeyType = inner is Ed25519PublicKey ? SshSignatureAlgorithms.SkEd25519 : SshSignatureAlgorithms.SkEcdsaNistp256;
        SignatureAlgorithms = [KeyType];
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteString(KeyType);
        if (inner is EcdsaPublicKey ecdsa)
        {
            writer.WriteString(ecdsa.Curve.Name);
            writer.WriteString(ecdsa.Point);
        }
        else
        {
            writer.WriteString(((Ed25519PublicKey)inner).Key);
        }

        writer.WriteString(application);
        _blob = output.WrittenSpan.ToArray();
    }

    public override string KeyType { get; }

    public override ReadOnlyMemory<byte> Blob => _blob;

    public override IReadOnlyList<string> SignatureAlgorithms { get; }

    /// <summary>`ssh:` or `ssh:something`.</summary>
    public string Application { get; }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        TryVerify(algorithm, data, signature, out _);

    /// <summary>
    /// string type, string signature, byte flags, uint32 counter. The authenticator signs
    /// SHA256(application) ‖ flags ‖ counter ‖ SHA256(message). Without user presence nothing verifies.
    /// </summary>
    public bool TryVerify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature,
        out SecurityKeyAssertion assertion)
    {
        assertion = default;
        var reader = new SshReader(signature);
        if (algorithm != KeyType
            || !reader.TryReadString(out ReadOnlySpan<byte> type)
            || !Ascii.Equals(type, KeyType)
            || !reader.TryReadString(out ReadOnlySpan<byte> raw)
            || !reader.TryReadByte(out byte flags)
            || !reader.TryReadUInt32(out uint counter)
            || !reader.AtEnd
            || (flags & UserPresent) == 0
            || (flags & ~KnownFlags) != 0)
        {
            return false;
        }

        Span<byte> signed = stackalloc byte[SignedSize];
        _applicationDigest.CopyTo(signed);
        signed[32] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(signed[33..], counter);
        SHA256.HashData(data, signed[37..]);
        assertion = new SecurityKeyAssertion((flags & UserVerified) != 0, counter);
        return _inner is Ed25519PublicKey ed25519
            ? ed25519.VerifyRaw(signed, raw)
            : ((EcdsaPublicKey)_inner).VerifyRaw(signed, raw);
    }
}
