using System.Security.Cryptography;
using Bastion.Audit.Canonical;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>One file of a recording while it is written: its handle, its cipher, its running digest, and no buffer.</summary>
internal sealed class RecordingPart : IDisposable
{
    private readonly SessionRecordings session;
    private readonly int channel;
    private readonly IFile file;
    private readonly PartCipher cipher;
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly PooledBuffer frame = new();
    private readonly string name;
    private long textLength;

    public RecordingPart(SessionRecordings session, int channel, int number)
    {
        this.session = session;
        this.channel = channel;
        Number = number;
        name = RecordingPath.Part(session.Session, channel, number);
        IFileSystem files = session.Options.FileSystem;
        string path = Path.Combine(session.Options.Directory, name);
        file = files.Create(path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
        cipher = session.NewCipher(name);
        Write([.. PartFormat.Magic, .. cipher.Salt]);
    }

    public int Number { get; }

    /// <summary>Bytes on disk.</summary>
    public long Length { get; private set; }

    /// <summary>Bytes on disk or unpacked, whichever is more.</summary>
    public long Size => Math.Max(Length, textLength);

    public long Events { get; private set; }

    public void Append(ReadOnlySpan<byte> lines, int events)
    {
        WriteFrame(lines, last: false);
        textLength += lines.Length;
        Events += events;
    }

    /// <summary>Makes the file and its key durable and closes it; nothing is appended after this.</summary>
    public RecordingSealed Seal(bool last)
    {
        WriteFrame([], last: true);
        file.Sync();
        file.Dispose();
        return new RecordingSealed
        {
            Session = session.Session,
            Channel = channel,
            Part = Number,
            File = name,
            Length = Length,
            Sha256 = Convert.ToHexStringLower(digest.GetHashAndReset()),
            KeySha256 = session.SyncKey(),
            Format = RecordingFormat.SealedAsciicast,
            Last = last,
            Events = Events,
        };
    }

    public void Dispose()
    {
        file.Dispose();
        cipher.Dispose();
        digest.Dispose();
    }

    private void WriteFrame(ReadOnlySpan<byte> text, bool last)
    {
        try
        {
            cipher.Write(frame, text, last);
            Write(frame.Written);
        }
        finally
        {
            // Gives the memory back: an idle session holds none.
            frame.Dispose();
        }
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        file.Write(bytes, Length);
        digest.AppendData(bytes);
        Length += bytes.Length;
    }
}

/// <summary>How a sealed part is stored, as its record says.</summary>
internal static class RecordingFormat
{
    /// <summary>asciicast v3, compressed with zstd, encrypted with AES-256-GCM, in frames.</summary>
    public const string SealedAsciicast = "asciicast+zstd+aes-256-gcm";
}
