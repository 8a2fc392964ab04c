using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Records;
using Bastion.Audit.Recordings;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>How a journal comes to be open: one process, a good tail, and a record of what was found.</summary>
internal static class JournalOpener
{
    public static Journal Open(JournalLayout layout, JournalOptions options)
    {
        IFileSystem files = options.FileSystem;
        files.CreateDirectory(layout.Segments);
        if (layout.Foreign(files).FirstOrDefault() is { } foreign)
        {
            throw new JournalUnavailableException($"journal `{layout.Root}`: {foreign}");
        }

        IDisposable directoryLock = TakeLock(layout, files);
        JournalWriter? writer = null;
        try
        {
            RecoveredJournal recovered = new JournalRecovery(layout, options).Run();
            PublishVerifierKey(layout, options);
            writer = new JournalWriter(layout, options, recovered.Tail);
            JournalOpening opening = WriteOpening(writer, recovered, layout, options);
            return new Journal(options, writer, directoryLock, opening, new JournalTiles(layout.DataDirectory, files));
        }
        catch
        {
            writer?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    private static IDisposable TakeLock(JournalLayout layout, IFileSystem files)
    {
        try
        {
            return files.Lock(layout.Root);
        }
        catch (FileLockedException held)
        {
            throw new JournalUnavailableException(
                $"journal `{layout.Root}` is in use by another process; stop that gateway first, or use another "
                    + "data directory", held);
        }
        catch (IOException exception)
        {
            throw new JournalUnavailableException(
                $"journal `{layout.Root}` cannot be locked: {exception.Message}; put it on a file system that can, or "
                    + "use another data directory",
                exception);
        }
    }

    private static JournalOpening WriteOpening(
        JournalWriter writer, RecoveredJournal recovered, JournalLayout layout, JournalOptions options)
    {
        string[] interrupted = [.. writer.OpenSessions];
        long found = writer.Size;
        var records = new List<AuditRecord>
        {
            new JournalOpened
            {
                VerifierKey = options.Signer.VerifierKey.ToString(),
                CleanBefore = recovered.Clean,
                PreviousAt = recovered.LastAt,
            },
        };
        if (recovered.Repair is { } repair)
        {
            records.Add(repair);
        }

        foreach (string session in interrupted)
        {
            records.AddRange(RecordingRecovery.Seal(layout.Recordings, session, options.FileSystem));
            records.Add(new SessionInterrupted { Session = session, FoundAtSize = found });
        }

        writer.Commit(records);
        writer.SignCheckpoint();
        return new JournalOpening(recovered.Clean, recovered.Repair?.RemovedBytes ?? 0, interrupted);
    }

    private static void PublishVerifierKey(JournalLayout layout, JournalOptions options)
    {
        NoteVerifierKey key = options.Signer.VerifierKey;
        if (!key.Equals(new JournalReader(layout.DataDirectory, options.FileSystem).PublishedKey()))
        {
            PublishedFile.Write(
                options.FileSystem, layout.VerifierKey, layout.VerifierKeyDraft, Encoding.UTF8.GetBytes(key + "\n"));
        }
    }
}
