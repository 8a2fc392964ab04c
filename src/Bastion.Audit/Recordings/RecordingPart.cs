using Bastion.Text.Canonical;
using System.Security.Cryptography;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>One file of a recording while it is written: its handle, its cipher, its running digest, and no
/// buffer.</summary>
internal sealed class RecordingPart : IDisposable
{
    private readonly SessionRecordings _session;
    private readonly int _channel;
    private readonly IFile _file;
    private readonly PartCipher _cipher;
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly PooledBuffer _frame = new();
    private readonly string _name;
    private long _textLength;

    public RecordingPart(SessionRecordings session, int channel, int number)
    {
        this._session = session;
        this._channel = channel;
        Number = number;
        _name = RecordingPath.Part(session.Session, channel, number);
        IFileSystem files = session.Options.FileSystem;
        string path = Path.Combine(session.Options.Directory, _name);
        _file = files.Create(path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
        _cipher = session.NewCipher(_name);
        Write([.. PartFormat.Magic, .. _cipher.Salt]);
    }

    public int Number { get; }

    /// <summary>Bytes on disk.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes on disk or unpacked, whichever is more.</summary>
    public long Size => Math.Max(Length, _textLength);

    public long Events { get; private set; }

    public void Append(ReadOnlySpan<byte> lines, int events)
    {
        WriteFrame(lines, last: false);
        _textLength += lines.Length;
        Events += events;
    }

    /// <summary>Makes the file and its key durable and closes it; nothing is appended after this.</summary>
    public RecordingSealed Seal(bool last)
    {
        WriteFrame([], last: true);
        _file.Sync();
        _file.Dispose();
        return new RecordingSealed
        {
            Session = _session.Session,
            Channel = _channel,
            Part = Number,
            File = _name,
            Length = Length,
            Sha256 = Convert.ToHexStringLower(_digest.GetHashAndReset()),
            KeySha256 = _session.SyncKey(),
            Format = RecordingFormat.SealedAsciicast,
            Last = last,
            Events = Events,
        };
    }

    public void Dispose()
    {
        _file.Dispose();
        _cipher.Dispose();
        _digest.Dispose();
    }

    private void WriteFrame(ReadOnlySpan<byte> text, bool last)
    {
        try
        {
            _cipher.Write(_frame, text, last);
            Write(_frame.Written);
        }
        finally
        {
            // Gives the memory back: an idle session holds none.
            _frame.Dispose();
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        _file.Write(bytes, Length);
        _digest.AppendData(bytes);
        Length += bytes.Length;
    }
}

/// <summary>How a sealed part is stored, as its record says.</summary>
internal static class RecordingFormat
{
    /// <summary>asciicast v3, compressed with zstd, encrypted with AES-256-GCM, in frames.</summary>
    public const string SealedAsciicast = "asciicast+zstd+aes-256-gcm";
}
