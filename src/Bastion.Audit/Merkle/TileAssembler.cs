namespace Bastion.Audit.Merkle;

/// <summary>Gathers leaf hashes into tiles and the roots of full tiles into tiles of the next level.</summary>
/// <param name="full">Gets each full tile once; the bytes are its own.</param>
internal sealed class TileAssembler(Action<TileAddress, byte[]> full)
{
    private readonly List<Level> _levels = [];

    /// <summary>Takes up where a tree of this size stands; <paramref name="readPartial"/> gives the hashes of its
    /// partial tiles.</summary>
    public void Resume(long size, Func<TileAddress, byte[]> readPartial)
    {
        _levels.Clear();
        for (long count = size; count > 0; count /= TileAddress.FullWidth)
        {
            var level = new Level { Index = count / TileAddress.FullWidth };
            int width = (int)(count % TileAddress.FullWidth);
            if (width > 0)
            {
                byte[] hashes = readPartial(new TileAddress(_levels.Count, level.Index, width));
                hashes.CopyTo(level.Hashes, 0);
                level.Width = width;
            }

            _levels.Add(level);
        }
    }

    public void Append(ReadOnlySpan<byte> leafHash) => Append(0, leafHash);

    private void Append(int number, ReadOnlySpan<byte> hash)
    {
        if (number == _levels.Count)
        {
            _levels.Add(new Level());
        }

        Level level = _levels[number];
        hash.CopyTo(level.Hashes.AsSpan(level.Width * MerkleTree.HashBytes));
        level.Width++;
        if (level.Width < TileAddress.FullWidth)
        {
            return;
        }

        byte[] tile = level.Hashes;
        long index = level.Index;
        _levels[number] = new Level { Index = index + 1 };
        full(new TileAddress(number, index, TileAddress.FullWidth), tile);
        Append(number + 1, TileTree.Fold(tile));
    }

    private sealed class Level
    {
        public byte[] Hashes { get; } = new byte[TileAddress.FullWidth * MerkleTree.HashBytes];

        public long Index { get; init; }

        public int Width { get; set; }
    }
}
