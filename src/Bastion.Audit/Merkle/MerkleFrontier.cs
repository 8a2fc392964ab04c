namespace Bastion.Audit.Merkle;

/// <summary>
/// The right edge of an RFC 6962 tree: the roots of the perfect subtrees whose sizes are the set bits of the tree size,
/// largest first. It is all that is needed to append and to give the root.
/// </summary>
internal sealed class MerkleFrontier
{
    private readonly List<byte[]> _roots = [];

    public long Size { get; private set; }

    public IReadOnlyList<byte[]> Roots => _roots;

    public MerkleFrontier()
    {
    }

    /// <summary>Takes up a frontier written down earlier; there must be one root for each set bit of the
    /// size.</summary>
    public MerkleFrontier(long size, IReadOnlyList<byte[]> roots)
    {
        if (roots.Count != long.PopCount(size) || roots.Any(root => root.Length != MerkleTree.HashBytes))
        {
            throw new ArgumentException(
                $"a tree of {size} leaves has {long.PopCount(size)} subtrees, not {roots.Count}", nameof(roots));
        }

        Size = size;
        this._roots.AddRange(roots);
    }

    public void Append(byte[] leafHash)
    {
        byte[] hash = leafHash;
        // Each trailing set bit of the size is a subtree as large as the one in hand: they join.
        for (long rest = Size; (rest & 1) == 1; rest >>= 1)
        {
            hash = MerkleTree.HashNode(_roots[^1], hash);
            _roots.RemoveAt(_roots.Count - 1);
        }

        _roots.Add(hash);
        Size++;
    }

    public byte[] Root()
    {
        if (_roots.Count == 0)
        {
            return MerkleTree.EmptyRoot;
        }

        byte[] hash = _roots[^1];
        for (int index = _roots.Count - 2; index >= 0; index--)
        {
            hash = MerkleTree.HashNode(_roots[index], hash);
        }

        return hash;
    }
}
