using System.Text;
using Bastion.Audit.Merkle;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>What a checkpoint is to be signed over.</summary>
/// <param name="Size">Durable records.</param>
/// <param name="RootHash">Of the tree over them.</param>
/// <param name="Tiles">Full ones that have no file yet.</param>
/// <param name="Signer">The key in force.</param>
internal sealed record CheckpointDraft(
    long Size, byte[] RootHash, IReadOnlyList<(TileAddress Address, byte[] Hashes)> Tiles, INoteSigner Signer);

/// <summary>Puts checkpoints on disk: tiles first, then the history of the segment, then the one that others are
/// shown. One thread at a time has it.</summary>
internal sealed class CheckpointWriter : IDisposable
{
    private readonly JournalLayout _layout;
    private readonly IFileSystem _files;
    private volatile PlacedFile _history;
    private long _length;
    private volatile Checkpoint? _latest;

    public CheckpointWriter(JournalLayout layout, IFileSystem files, JournalTail tail)
    {
        _layout = layout;
        _files = files;
        _history = PlacedFile.OpenOrCreate(files, layout.Checkpoints(tail.FirstSequence));
        _length = tail.CheckpointsLength;
        _latest = tail.Latest;
    }

    /// <summary>The newest one that is durable and published. Anybody may ask.</summary>
    public Checkpoint? Latest => _latest;

    /// <summary>Null when the history is where it belongs; else the path that leads elsewhere. Anybody may
    /// ask.</summary>
    public string? Misplaced => _history.Misplaced;

    /// <summary>Goes over to the history of a new segment; its name is durable after the directory's next
    /// fsync.</summary>
    public void StartSegment(long first)
    {
        PlacedFile complete = _history;
        (_history, _length) = (PlacedFile.Create(_files, _layout.Checkpoints(first)), 0);
        complete.Dispose();
    }

    public Checkpoint Write(CheckpointDraft draft)
    {
        TileStore.Write(_layout, _files, draft.Tiles);
        var checkpoint = Checkpoint.Sign(draft.Size, draft.RootHash, draft.Signer);
        byte[] bytes = CheckpointHistory.Encode(checkpoint);
        _history.File.Write(bytes, _length);
        _history.File.Sync();
        _length += bytes.Length;
        PublishedFile.Write(
            _files, _layout.Checkpoint, _layout.CheckpointDraft, Encoding.UTF8.GetBytes(checkpoint.ToString()));
        _latest = checkpoint;
        return checkpoint;
    }

    public void Dispose() => _history.Dispose();
}
