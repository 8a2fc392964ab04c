using System.Security.Cryptography;

namespace Bastion.Audit.Recordings;

/// <summary>Length and SHA-256 of one direction of a channel that has no terminal. Not thread-safe: one direction, one
/// owner.</summary>
public sealed class StreamDigest : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    public long Length { get; private set; }

    public void Append(ReadOnlySpan<byte> data)
    {
        _hash.AppendData(data);
        Length += data.Length;
    }

    /// <summary>Of all that came so far, lower-case hexadecimal.</summary>
    public string Sha256Hex() => Convert.ToHexStringLower(_hash.GetCurrentHash());

    public void Dispose() => _hash.Dispose();
}
