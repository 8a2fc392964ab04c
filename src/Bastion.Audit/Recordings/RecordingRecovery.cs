using System.Security.Cryptography;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Records;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>
/// Seals what a killed process left of a session's recordings: the newest part of each channel as it lies there. If
/// that part was sealed before, a second seal over the same bytes does no harm, and over other bytes it gives the
/// change away.
/// </summary>
internal static class RecordingRecovery
{
    private const int BufferBytes = 64 * 1024;

    public static IEnumerable<RecordingSealed> Seal(string recordings, string session, IFileSystem files)
    {
        string directory = Path.Combine(recordings, session);
        if (!files.DirectoryExists(directory))
        {
            return [];
        }

        string key = RecordingPath.Key(recordings, session);
        string? keySha256 = null;
        if (SessionKeyFile.ReadBytes(files, key) is { } bytes)
        {
            using IFile file = files.Open(key);
            file.Sync();
            keySha256 = SessionKeyFile.Sha256Hex(bytes);
        }

        var newest = new SortedDictionary<int, int>();
        foreach (FileSystemEntry entry in files.List(directory).Where(entry => entry.Kind == EntryKind.File))
        {
            if (RecordingPath.TryParse($"{session}/{entry.Name}", out _, out int channel, out int part))
            {
                newest[channel] = Math.Max(part, newest.GetValueOrDefault(channel));
            }
        }

        return [.. newest.Select(part => Seal(recordings, session, part.Key, part.Value, keySha256, files))];
    }

    private static RecordingSealed Seal(
        string recordings, string session, int channel, int part, string? keySha256, IFileSystem files)
    {
        string name = RecordingPath.Part(session, channel, part);
        using IFile file = files.Open(Path.Combine(recordings, name));
        file.Sync();
        (string sha256, long length) = Digest(file);
        return new RecordingSealed
        {
            Session = session,
            Channel = channel,
            Part = part,
            File = name,
            Length = length,
            Sha256 = sha256,
            KeySha256 = keySha256,
            Format = RecordingFormat.SealedAsciicast,
            Last = true,
            Recovered = true,
        };
    }

    /// <summary>SHA-256 in hexadecimal and length of a file as it is now.</summary>
    public static (string Sha256, long Length) Digest(IFile file)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[BufferBytes];
        long length = 0;
        for (int read = file.Read(buffer, 0); read > 0; read = file.Read(buffer, length))
        {
            hash.AppendData(buffer, 0, read);
            length += read;
        }

        return (Convert.ToHexStringLower(hash.GetHashAndReset()), length);
    }
}
