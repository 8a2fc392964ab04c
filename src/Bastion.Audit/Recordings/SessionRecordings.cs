using System.Security.Cryptography;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>
/// The recordings of one session. They share a random key, which is in memory as long as this object lives and on disk
/// only locked for the holder of the recording key: the process that writes a recording need not be able to read it.
/// </summary>
public sealed class SessionRecordings(Journal journal, RecordingOptions options, string session) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly byte[] _dataKey = RandomNumberGenerator.GetBytes(SessionKeyFile.DataKeyBytes);
    private string? _keySha256;
    private bool _synced;
    private bool _disposed;

    internal Journal Journal { get; } = journal;

    internal RecordingOptions Options { get; } = options;

    internal string Session { get; } = session;

    /// <summary>Begins the recording of a channel: creates its first part. Thread-safe.</summary>
    /// <exception cref="RecordingFailedException">It cannot be written: the channel must not start.</exception>
    public RecordingWriter Start(RecordingHeader header)
    {
        ArgumentNullException.ThrowIfNull(header);
        if (header.Session != Session)
        {
            throw new ArgumentException($"these are the recordings of session {Session}, not of {header.Session}",
                nameof(header));
        }

        try
        {
            WriteKey();
            return new RecordingWriter(this, header);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw RecordingWriter.Failed(header, exception);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CryptographicOperations.ZeroMemory(_dataKey);
        }
    }

    internal PartCipher NewCipher(string part)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            return new PartCipher(_dataKey, part);
        }
    }

    /// <summary>What a seal says of the key. The first seal makes the key durable: a part without it is
    /// noise.</summary>
    internal string SyncKey()
    {
        lock (_gate)
        {
            if (!_synced)
            {
                IFileSystem files = Options.FileSystem;
                string path = RecordingPath.Key(Options.Directory, Session);
                using (IFile file = files.Open(path))
                {
                    file.Sync();
                }

                files.SyncDirectory(Path.GetDirectoryName(path)!);
                _synced = true;
            }

            return _keySha256!;
        }
    }

    private void WriteKey()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (_keySha256 is not null)
            {
                return;
            }

            string path = RecordingPath.Key(Options.Directory, Session);
            Options.FileSystem.CreateDirectory(Path.GetDirectoryName(path)!);
            byte[] bytes = SessionKeyFile.Wrap(Options.Lock, Session, _dataKey).Encode();
            using IFile file = Options.FileSystem.Create(path);
            file.Write(bytes, 0);
            _keySha256 = SessionKeyFile.Sha256Hex(bytes);
        }
    }
}
