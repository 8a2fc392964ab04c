using Bastion.Audit.Merkle;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// Writes full tiles to their files. They can all be made again from the records; a crash may leave some out, which the
/// next start fills in. Belongs to the thread that commits.
/// </summary>
internal sealed class TileStore
{
    // Two thousand records a checkpoint and more. File systems make one commit of syncs that come together; one after
    // the other they would hold up the next group of records for a second.
    private const int ManyTiles = 8;
    private const int SyncsAtOnce = 16;

    private readonly JournalLayout _layout;
    private readonly IFileSystem _files;
    private readonly TileAssembler _assembler;
    private List<(TileAddress Address, byte[] Hashes)> _pending = [];

    public TileStore(JournalLayout layout, IFileSystem files)
    {
        this._layout = layout;
        this._files = files;
        _assembler = new TileAssembler((address, hashes) => _pending.Add((address, hashes)));
    }

    /// <summary>Takes up a tree of this size; tiles over records from <paramref name="verifiedFrom"/> on are made if
    /// they are missing.</summary>
    public void Resume(long size, long verifiedFrom)
    {
        var tiles = new JournalTiles(_layout.DataDirectory, _files);
        for (int level = 0; size >> (8 * (level + 1)) > 0; level++)
        {
            for (long index = verifiedFrom >> (8 * (level + 1)); index < size >> (8 * (level + 1)); index++)
            {
                var address = new TileAddress(level, index, TileAddress.FullWidth);
                if (tiles.TryReadFile(address) is null)
                {
                    Write(_layout, _files, address, tiles.ComputeTile(address));
                }
            }
        }

        _assembler.Resume(size, tiles.ReadTile);
    }

    public void Append(ReadOnlySpan<byte> leafHash) => _assembler.Append(leafHash);

    /// <summary>The full tiles that have come since the last time. Before a checkpoint is published, they
    /// are.</summary>
    public IReadOnlyList<(TileAddress Address, byte[] Hashes)> Take()
    {
        List<(TileAddress Address, byte[] Hashes)> taken = _pending;
        _pending = [];
        return taken;
    }

    public static void Write(
        JournalLayout layout, IFileSystem files, IReadOnlyList<(TileAddress Address, byte[] Hashes)> tiles)
    {
        if (tiles.Count < ManyTiles)
        {
            foreach ((TileAddress address, byte[] hashes) in tiles)
            {
                Write(layout, files, address, hashes);
            }
        }
        else
        {
            Parallel.ForEach(
                tiles, new ParallelOptions { MaxDegreeOfParallelism = SyncsAtOnce },
                tile => Write(layout, files, tile.Address, tile.Hashes));
        }
    }

    private static void Write(JournalLayout layout, IFileSystem files, TileAddress address, byte[] hashes)
    {
        string path = layout.Tile(address);
        string directory = Path.GetDirectoryName(path)!;
        files.CreateDirectory(directory);
        string draft = path + ".new";
        if (files.FileExists(draft))
        {
            files.Delete(draft);
        }

        using (IFile file = files.Create(draft))
        {
            file.Write(hashes, 0);
            // So that the file is whole whenever its name is there.
            file.Sync();
        }

        files.Replace(draft, path);
    }
}
