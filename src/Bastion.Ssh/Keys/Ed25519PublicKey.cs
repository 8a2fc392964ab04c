using System.Buffers;
using Bastion.Ssh.Wire;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace Bastion.Ssh.Keys;

/// <summary>RFC 8709: string "ssh-ed25519", string key (32 bytes).</summary>
internal sealed class Ed25519PublicKey : SshPublicKey
{
    private readonly byte[] _blob;
    private readonly Ed25519.PublicPoint _point;

    private Ed25519PublicKey(byte[] key, Ed25519.PublicPoint point)
    {
        _point = point;
        Key = key;
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        writer.WriteString(KeyType);
        writer.WriteString(key);
        _blob = output.WrittenSpan.ToArray();
    }

    public override string KeyType => SshSignatureAlgorithms.Ed25519;

    public override ReadOnlyMemory<byte> Blob => _blob;

    public override IReadOnlyList<string> SignatureAlgorithms { get; } = [SshSignatureAlgorithms.Ed25519];

    /// <summary>The 32 bytes of RFC 8032 section 5.1.5.</summary>
    public byte[] Key { get; }

    public static Ed25519PublicKey? Create(ReadOnlySpan<byte> key)
    {
        if (key.Length != Ed25519.PublicKeySize)
        {
            return null;
        }

        byte[] bytes = key.ToArray();
        // The full check also refuses points of small or mixed order, for which one signature fits many messages.
        Ed25519.PublicPoint? point = Ed25519.ValidatePublicKeyFullExport(bytes, 0);
        return point is null ? null : new Ed25519PublicKey(bytes, point);
    }

    public override bool Verify(string algorithm, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        algorithm == KeyType && SignatureBlob.TryRead(signature, KeyType, out ReadOnlySpan<byte> raw)
        && VerifyRaw(data, raw);

    /// <summary>R ‖ S, 64 bytes; S must be below the group order (RFC 8032 section 5.1.7), which makes it
    /// unique.</summary>
    public bool VerifyRaw(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != Ed25519.SignatureSize)
        {
            return false;
        }

        byte[] message = ArrayPool<byte>.Shared.Rent(data.Length);
        try
        {
            data.CopyTo(message);
            return Ed25519.Verify(signature.ToArray(), 0, _point, message, 0, data.Length);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(message);
        }
    }
}
