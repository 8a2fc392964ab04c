using System.Globalization;
using Bastion.Audit.Merkle;
using FsCheck.Xunit;

namespace Bastion.Audit.Tests;

public sealed class MerkleTests
{
    /// <summary>The tree of the reference tests of Certificate Transparency.</summary>
    private static readonly string[] ReferenceLeaves =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void Roots_are_those_of_the_reference_tree(int size, string root)
    {
        var frontier = new MerkleFrontier();
        foreach (string leaf in ReferenceLeaves.Take(size))
        {
            frontier.Append(MerkleTree.HashLeaf(Convert.FromHexString(leaf)));
        }

        Assert.Equal(root, Convert.ToHexStringLower(frontier.Root()));
    }

    [Fact]
    public void Every_inclusion_and_consistency_proof_of_small_trees_verifies_and_no_other_does()
    {
        for (int size = 1; size <= 33; size++)
        {
            byte[][] leaves = Leaves(size);
            TileTree tree = TreeOf(leaves);
            byte[] root = Naive(leaves);
            Assert.Equal(root, tree.Root(size));
            for (int index = 0; index < size; index++)
            {
                IReadOnlyList<byte[]> proof = tree.Inclusion(index, size);
                Assert.True(MerkleProof.VerifyInclusion(leaves[index], index, size, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], (index + 1) % (size + 1), size, proof, root));
                Assert.False(MerkleProof.VerifyInclusion(leaves[index], index, size, [.. proof, root], root));

                IReadOnlyList<byte[]> consistency = tree.Consistency(index + 1, size);
                byte[] before = Naive(leaves.AsSpan(0, index + 1));
                Assert.True(MerkleProof.VerifyConsistency(index + 1, before, size, root, consistency),
                    $"{index + 1} to {size}");
                Assert.False(MerkleProof.VerifyConsistency(index + 1, Naive(Leaves(index + 1, salt: 1)), size, root,
                    consistency));
            }
        }
    }

    [Property(MaxTest = 60)]
    public void Proofs_of_any_tree_of_several_tiles_verify(ushort sizeSeed, ushort indexSeed, ushort oldSeed)
    {
        int size = (sizeSeed % 2000) + 1;
        int index = indexSeed % size;
        int old = (oldSeed % size) + 1;
        byte[][] leaves = Leaves(size);
        TileTree tree = TreeOf(leaves);
        byte[] root = Naive(leaves);
        Assert.True(MerkleProof.VerifyInclusion(leaves[index], index, size, tree.Inclusion(index, size), root));
        Assert.True(
            MerkleProof.VerifyConsistency(old, Naive(leaves.AsSpan(0, old)), size, root, tree.Consistency(old, size)));
    }

    [Theory]
    [InlineData(0, 0, 256, "tile/0/000")]
    [InlineData(1, 1234067, 256, "tile/1/x001/x234/067")]
    [InlineData(0, 273, 112, "tile/0/273.p/112")]
    [InlineData(TileAddress.Entries, 1000, 1, "tile/entries/x001/000.p/1")]
    public void Tile_paths_are_those_of_the_specification(int level, long index, int width, string path)
    {
        Assert.Equal(path, new TileAddress(level, index, width).ToString());
        Assert.True(TileAddress.TryParse(path, out TileAddress parsed));
        Assert.Equal(new TileAddress(level, index, width), parsed);
    }

    [Theory]
    [InlineData("tile/0/0")]
    [InlineData("tile/00/000")]
    [InlineData("tile/-1/000")]
    [InlineData("tile/0/001/000")]
    [InlineData("tile/0/x000/001")]
    [InlineData("tile/0/000.p/0")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/0/../000")]
    [InlineData("tile/0/000.p/1.p/1")]
    public void Other_spellings_are_no_tiles(string path) => Assert.False(TileAddress.TryParse(path, out _));

    private static byte[][] Leaves(int count, int salt = 0) =>
        [.. Enumerable.Range(0, count)
        .Select(index => MerkleTree.HashLeaf([(byte)index, (byte)(index >> 8), (byte)salt]))];

    private static TileTree TreeOf(byte[][] leaves) => new(address =>
    {
        int span = 1 << (8 * address.Level);
        return [.. Enumerable.Range(0, address.Width).SelectMany(index =>
        {
            int start = (int)((address.Index * 256) + index) * span;
            return Naive(leaves.AsSpan(start, span));
        })];
    });

    /// <summary>The definition of RFC 6962 section 2.1, word for word.</summary>
    private static byte[] Naive(ReadOnlySpan<byte[]> leaves)
    {
        if (leaves.Length == 0)
        {
            return MerkleTree.EmptyRoot;
        }

        if (leaves.Length == 1)
        {
            return leaves[0];
        }

        int split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return MerkleTree.HashNode(Naive(leaves[..split]), Naive(leaves[split..]));
    }

    [Fact]
    public void The_sample_of_the_naming_scheme_covers_trees_of_seventy_thousand()
    {
        // From the specification: a tree of 70,000 has a partial level 0 tile of width 112 at 273, and level 2 holds
        // one hash.
        const int Size = 70_000;
        Assert.Equal(112, Size % 256);
        var seen = new List<string>();
        var assembler = new TileAssembler((address, _) => seen.Add(address.ToString()));
        for (int index = 0; index < Size; index++)
        {
            assembler.Append(MerkleTree.EmptyRoot);
        }

        Assert.Equal(273, seen.Count(path => path.StartsWith("tile/0/", StringComparison.Ordinal)));
        Assert.Equal(["tile/1/000"], seen.Where(path => path.StartsWith("tile/1/", StringComparison.Ordinal)));
        Assert.Equal("tile/0/" + 272.ToString("d3", CultureInfo.InvariantCulture), seen[^1]);
    }
}
