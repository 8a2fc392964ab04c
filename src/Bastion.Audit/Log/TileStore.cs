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
    private readonly List<(TileAddress Address, byte[] Hashes)> _pending = [];

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
                    Write(address, tiles.ComputeTile(address));
                }
            }
        }

        _assembler.Resume(size, tiles.ReadTile);
    }

    public void Append(ReadOnlySpan<byte> leafHash) => _assembler.Append(leafHash);

    /// <summary>Before a checkpoint is published, the full tiles under it are.</summary>
    public void Flush()
    {
        if (_pending.Count < ManyTiles)
        {
            _pending.ForEach(tile => Write(tile.Address, tile.Hashes));
        }
        else
        {
            Parallel.ForEach(
                _pending, new ParallelOptions { MaxDegreeOfParallelism = SyncsAtOnce },
                tile => Write(tile.Address, tile.Hashes));
        }

        _pending.Clear();
    }

    private void Write(TileAddress address, byte[] hashes)
    {
        string path = _layout.Tile(address);
        string directory = Path.GetDirectoryName(path)!;
        _files.CreateDirectory(directory);
        string draft = path + ".new";
        if (_files.FileExists(draft))
        {
            _files.Delete(draft);
        }

        using (IFile file = _files.Create(draft))
        {
            file.Write(hashes, 0);
            // So that the file is whole whenever its name is there.
            file.Sync();
        }

        _files.Replace(draft, path);
    }
}
