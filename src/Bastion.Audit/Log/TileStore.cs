using Bastion.Audit.Merkle;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// Writes full tiles to their files. They can all be made again from the records; a crash may leave some out, which the
/// next start fills in. Belongs to the thread that commits.
/// </summary>
internal sealed class TileStore
{
    // Two thousand records a checkpoint and more. File systems make one commit of syncs that come together; one after the
    // other they would hold up the next group of records for a second.
    private const int ManyTiles = 8;
    private const int SyncsAtOnce = 16;

    private readonly JournalLayout layout;
    private readonly IFileSystem files;
    private readonly TileAssembler assembler;
    private readonly List<(TileAddress Address, byte[] Hashes)> pending = [];

    public TileStore(JournalLayout layout, IFileSystem files)
    {
        this.layout = layout;
        this.files = files;
        assembler = new TileAssembler((address, hashes) => pending.Add((address, hashes)));
    }

    /// <summary>Takes up a tree of this size; tiles over records from <paramref name="verifiedFrom"/> on are made if they are missing.</summary>
    public void Resume(long size, long verifiedFrom)
    {
        var tiles = new JournalTiles(layout.DataDirectory, files);
        for (int level = 0; size >> (8 * (level + 1)) > 0; level++)
        {
            for (long index = verifiedFrom >> (8 * (level + 1)); index < size >> (8 * (level + 1)); index++)
            {
                var address = new TileAddress(level, index, TileAddress.FullWidth);
                if (tiles.TryReadFile(address) is null)
                {
                    Write(address, tiles.ComputeTile(address));
                }
            }
        }
        assembler.Resume(size, tiles.ReadTile);
    }

    public void Append(ReadOnlySpan<byte> leafHash) => assembler.Append(leafHash);

    /// <summary>Before a checkpoint is published, the full tiles under it are.</summary>
    public void Flush()
    {
        if (pending.Count < ManyTiles)
        {
            pending.ForEach(tile => Write(tile.Address, tile.Hashes));
        }
        else
        {
            Parallel.ForEach(
                pending, new ParallelOptions { MaxDegreeOfParallelism = SyncsAtOnce }, tile => Write(tile.Address, tile.Hashes));
        }
        pending.Clear();
    }

    private void Write(TileAddress address, byte[] hashes)
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
