using Bastion.Audit.Records;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>What says how long recordings are kept: a retention period, a legal hold.</summary>
public interface IRecordingRetention
{
    /// <summary>Why the recordings of this session must still be kept, one line for people; null when their time is
    /// over.</summary>
    ValueTask<string?> WhyKeepAsync(string session, CancellationToken cancellationToken);
}

public enum ShredResult
{
    Shredded,

    /// <summary>It must still be kept; see <see cref="ShredOutcome.Reason"/>.</summary>
    Kept,

    /// <summary>There is no key: it was destroyed before, or nothing was recorded.</summary>
    NothingThere,
}

/// <param name="Result">What became of it.</param>
/// <param name="Reason">Why it was kept.</param>
public sealed record ShredOutcome(ShredResult Result, string? Reason = null);

/// <summary>
/// Destroys the key of a session's recordings: nobody can read them from then on, while journal and digests go on to
/// verify.
/// Copies of the key's file elsewhere (archives, backups) are for their own retention to destroy.
/// </summary>
public sealed class RecordingShredder(
    Journal journal, string dataDirectory, IRecordingRetention retention, IFileSystem? fileSystem = null)
{
    private readonly string _directory = Path.Combine(dataDirectory, "recordings");
    private readonly IFileSystem _files = fileSystem ?? PhysicalFileSystem.Instance;

    /// <summary>Recorded before it is done. Calling it again after a crash in between finishes it.</summary>
    /// <exception cref="JournalUnavailableException">It cannot be recorded; the key is still there.</exception>
    /// <exception cref="IOException">It was recorded, but the key could not be removed; call again.</exception>
    public async Task<ShredOutcome> ShredAsync(string session, PeerText by, PeerText reason,
        CancellationToken cancellationToken = default)
    {
        string path = RecordingPath.Key(_directory, session);
        if (await retention.WhyKeepAsync(session, cancellationToken) is { } why)
        {
            return new ShredOutcome(ShredResult.Kept, why);
        }

        if (SessionKeyFile.ReadBytes(_files, path) is not { } bytes)
        {
            return new ShredOutcome(ShredResult.NothingThere);
        }

        await journal.AppendAsync(
            new RecordingShredded
            {
                Session = session,
                By = by,
                Reason = reason,
                KeySha256 = SessionKeyFile.Sha256Hex(bytes),
            },
            cancellationToken);
        await Task.Run(() => Destroy(path, bytes.Length), CancellationToken.None);
        return new ShredOutcome(ShredResult.Shredded);
    }

    /// <summary>Overwritten first, which helps on file systems that write in place; the removal is what
    /// counts.</summary>
    private void Destroy(string path, int length)
    {
        using (IFile file = _files.Open(path))
        {
            file.Write(new byte[length], 0);
            file.Sync();
        }

        _files.Delete(path);
        _files.SyncDirectory(Path.GetDirectoryName(path)!);
    }
}
