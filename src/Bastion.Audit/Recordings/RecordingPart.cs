using System.Security.Cryptography;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>One file of a recording while it is written: its handle, its length, its running digest, and no buffer.</summary>
internal sealed class RecordingPart : IDisposable
{
    private readonly IFile file;
    private readonly IncrementalHash digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly string name;

    public RecordingPart(IFileSystem files, string directory, string session, int channel, int number)
    {
        Number = number;
        name = RecordingPath.Part(session, channel, number);
        string path = Path.Combine(directory, name);
        string parent = Path.GetDirectoryName(path)!;
        files.CreateDirectory(parent);
        file = files.Create(path);
        files.SyncDirectory(parent);
    }

    public int Number { get; }

    public long Length { get; private set; }

    public long Events { get; private set; }

    public void Append(ReadOnlySpan<byte> lines, int events)
    {
        file.Write(lines, Length);
        digest.AppendData(lines);
        Length += lines.Length;
        Events += events;
    }

    /// <summary>Makes the file durable and closes it; nothing is appended after this.</summary>
    public RecordingSealed Seal(string session, int channel, bool last)
    {
        file.Sync();
        file.Dispose();
        return new RecordingSealed
        {
            Session = session,
            Channel = channel,
            Part = Number,
            File = name,
            Length = Length,
            Sha256 = Convert.ToHexStringLower(digest.GetHashAndReset()),
            Format = RecordingFormat.Asciicast,
            Last = last,
            Events = Events,
        };
    }

    public void Dispose()
    {
        file.Dispose();
        digest.Dispose();
    }
}

/// <summary>How a sealed part is stored, as its record says.</summary>
internal static class RecordingFormat
{
    public const string Asciicast = "asciicast";
}
