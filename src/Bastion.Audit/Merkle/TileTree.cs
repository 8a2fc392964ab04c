namespace Bastion.Audit.Merkle;

/// <summary>
/// Proofs from tiles, wherever they come from: files, or a log served over HTTP. Tiles are not trusted; a proof made
/// from wrong ones does not verify.
/// </summary>
/// <param name="readTile">Gives the hashes of a tile, one after the other.</param>
public sealed class TileTree(Func<TileAddress, byte[]> readTile)
{
    /// <summary>Root of the first <paramref name="size"/> leaves.</summary>
    public byte[] Root(long size) => size == 0 ? MerkleTree.EmptyRoot : Range(0, size, size);

    /// <summary>PATH(index, D[0:size]) of RFC 6962 section 2.1.1.</summary>
    public IReadOnlyList<byte[]> Inclusion(long index, long size)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        var proof = new List<byte[]>();
        (long start, long end) = (0, size);
        while (end - start > 1)
        {
            long middle = start + LargestPowerBelow(end - start);
            if (index < middle)
            {
                proof.Add(Range(middle, end, size));
                end = middle;
            }
            else
            {
                proof.Add(Range(start, middle, size));
                start = middle;
            }
        }

        proof.Reverse();
        return proof;
    }

    /// <summary>PROOF(oldSize, D[0:newSize]) of RFC 6962 section 2.1.2.</summary>
    public IReadOnlyList<byte[]> Consistency(long oldSize, long newSize)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(oldSize, newSize);
        var proof = new List<byte[]>();
        if (oldSize == 0)
        {
            return proof;
        }

        (long start, long end) = (0, newSize);
        // The old tree's own root is known to whoever asks, as long as it is one node of the new tree.
        bool known = true;
        while (oldSize != end)
        {
            long middle = start + LargestPowerBelow(end - start);
            if (oldSize <= middle)
            {
                proof.Add(Range(middle, end, newSize));
                end = middle;
            }
            else
            {
                proof.Add(Range(start, middle, newSize));
                start = middle;
                known = false;
            }
        }

        if (!known)
        {
            proof.Add(Range(start, end, newSize));
        }

        proof.Reverse();
        return proof;
    }

    private byte[] Range(long start, long end, long size)
    {
        long count = end - start;
        if (long.IsPow2(count))
        {
            return Node((int)long.Log2(count), start / count, size);
        }

        long middle = start + LargestPowerBelow(count);
        return MerkleTree.HashNode(Range(start, middle, size), Range(middle, end, size));
    }

    /// <summary>The root of the perfect subtree of 2^height leaves at <paramref name="index"/>.</summary>
    private byte[] Node(int height, long index, long size)
    {
        int level = height / 8;
        int within = height % 8;
        long first = index << within;
        long tile = first / TileAddress.FullWidth;
        int width = (int)Math.Min(TileAddress.FullWidth, (size >> (8 * level)) - (tile * TileAddress.FullWidth));
        byte[] hashes = readTile(new TileAddress(level, tile, width));
        if (hashes.Length != width * MerkleTree.HashBytes)
        {
            throw new InvalidDataException(
                $"tile `{new TileAddress(level, tile, width)}` has {hashes.Length} bytes, not "
                    + $"{width * MerkleTree.HashBytes}");
        }

        int offset = (int)(first % TileAddress.FullWidth) * MerkleTree.HashBytes;
        return Fold(hashes.AsSpan(offset, MerkleTree.HashBytes << within));
    }

    /// <summary>Joins a power of two of hashes pairwise to one.</summary>
    internal static byte[] Fold(ReadOnlySpan<byte> hashes)
    {
        if (hashes.Length == MerkleTree.HashBytes)
        {
            return hashes.ToArray();
        }

        int half = hashes.Length / 2;
        return MerkleTree.HashNode(Fold(hashes[..half]), Fold(hashes[half..]));
    }

    private static long LargestPowerBelow(long count) => 1L << (int)long.Log2(count - 1);
}
