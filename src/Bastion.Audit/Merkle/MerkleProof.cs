namespace Bastion.Audit.Merkle;

/// <summary>Checks the proofs of RFC 6962 sections 2.1.1 and 2.1.2, by the algorithms of RFC 9162 sections 2.1.3.2 and
/// 2.1.4.2.</summary>
public static class MerkleProof
{
    /// <summary>SHA-256(0x00 ‖ record).</summary>
    public static byte[] HashLeaf(ReadOnlySpan<byte> record) => MerkleTree.HashLeaf(record);

    /// <summary>True when the leaf stands at <paramref name="index"/> in the tree of <paramref name="size"/> leaves
    /// with this root.</summary>
    public static bool VerifyInclusion(
        ReadOnlySpan<byte> leafHash, long index, long size, IReadOnlyList<byte[]> proof, ReadOnlySpan<byte> root)
    {
        if (index < 0 || index >= size || !AreHashes(proof))
        {
            return false;
        }

        long node = index;
        long last = size - 1;
        byte[] hash = leafHash.ToArray();
        foreach (byte[] sibling in proof)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                hash = MerkleTree.HashNode(sibling, hash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                hash = MerkleTree.HashNode(hash, sibling);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && root.SequenceEqual(hash);
    }

    /// <summary>True when the tree of <paramref name="oldSize"/> leaves is the beginning of the tree of <paramref
    /// name="newSize"/>.</summary>
    public static bool VerifyConsistency(
        long oldSize, ReadOnlySpan<byte> oldRoot, long newSize, ReadOnlySpan<byte> newRoot, IReadOnlyList<byte[]> proof)
    {
        if (oldSize < 0 || oldSize > newSize || !AreHashes(proof))
        {
            return false;
        }

        if (oldSize == 0 || oldSize == newSize)
        {
            ReadOnlySpan<byte> expected = oldSize == 0 ? MerkleTree.EmptyRoot : newRoot;
            return proof.Count == 0 && oldRoot.SequenceEqual(expected);
        }

        // A tree whose size is a power of two is itself the first node; the proof then leaves it out.
        IReadOnlyList<byte[]> path = long.IsPow2(oldSize) ? [oldRoot.ToArray(), .. proof] : proof;
        return path.Count > 0 && FollowBoth(oldSize - 1, newSize - 1, path, oldRoot, newRoot);
    }

    private static bool FollowBoth(long node, long last, IReadOnlyList<byte[]> path, ReadOnlySpan<byte> oldRoot,
        ReadOnlySpan<byte> newRoot)
    {
        while ((node & 1) == 1)
        {
            (node, last) = (node >> 1, last >> 1);
        }

        byte[] oldHash = path[0];
        byte[] newHash = path[0];
        for (int index = 1; index < path.Count; index++)
        {
            if (last == 0)
            {
                return false;
            }

            if ((node & 1) == 1 || node == last)
            {
                oldHash = MerkleTree.HashNode(path[index], oldHash);
                newHash = MerkleTree.HashNode(path[index], newHash);
                while ((node & 1) == 0 && node != 0)
                {
                    (node, last) = (node >> 1, last >> 1);
                }
            }
            else
            {
                newHash = MerkleTree.HashNode(newHash, path[index]);
            }

            (node, last) = (node >> 1, last >> 1);
        }

        return last == 0 && oldRoot.SequenceEqual(oldHash) && newRoot.SequenceEqual(newHash);
    }

    private static bool AreHashes(IReadOnlyList<byte[]> proof) =>
        proof.All(hash => hash.Length == MerkleTree.HashBytes);
}
