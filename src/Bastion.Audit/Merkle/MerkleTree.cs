using System.Security.Cryptography;

namespace Bastion.Audit.Merkle;

/// <summary>The two hashes of RFC 6962 section 2.1. The first byte keeps a leaf from passing as a node.</summary>
internal static class MerkleTree
{
    public const int HashBytes = SHA256.HashSizeInBytes;

    public const byte LeafPrefix = 0x00;

    private const byte NodePrefix = 0x01;

    /// <summary>MTH of the empty list.</summary>
    public static byte[] EmptyRoot { get; } = SHA256.HashData([]);

    public static byte[] HashLeaf(ReadOnlySpan<byte> record)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([LeafPrefix]);
        hash.AppendData(record);
        return hash.GetHashAndReset();
    }

    public static byte[] HashNode(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> input = stackalloc byte[1 + (2 * HashBytes)];
        input[0] = NodePrefix;
        left.CopyTo(input[1..]);
        right.CopyTo(input[(1 + HashBytes)..]);
        return SHA256.HashData(input);
    }
}
