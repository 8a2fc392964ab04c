using System.Buffers.Binary;
using System.Text;
using Bastion.Audit.Storage;

namespace Bastion.Cli.Demo.Target;

/// <summary>
/// The demo target's SFTP subsystem, version 3 with OpenSSH's `posix-rename` and `fsync`, over the files of the
/// machine it runs on. It decides nothing: that is what the gateway in front of it is for.
/// </summary>
internal sealed class SftpServer(string home) : IDisposable
{
    /// <summary>OpenSSH's own largest packet; clients are told 32 KiB reads and writes and stay below it.</summary>
    private const int MaximumPacket = 256 * 1024;

    /// <summary>Entries in one answer to SSH_FXP_READDIR.</summary>
    private const int NamesPerPacket = 100;

    private const int MaximumHandles = 100;
    private const uint ReadFlag = 1, WriteFlag = 2, AppendFlag = 4, CreateFlag = 8, TruncateFlag = 0x10,
        ExclusiveFlag = 0x20;

    private readonly Dictionary<uint, object> _handles = [];
    private readonly MemoryStream _pending = new();
    private uint _nextHandle;

    /// <summary>Takes bytes of the channel and returns the answers to every packet that is complete by now.</summary>
    public IEnumerable<ReadOnlyMemory<byte>> Receive(ReadOnlyMemory<byte> data)
    {
        _pending.Write(data.Span);
        while (TryTakePacket(out byte[] packet))
        {
            yield return Answer(packet);
        }
    }

    public void Dispose()
    {
        foreach (FileStream file in _handles.Values.OfType<FileStream>())
        {
            file.Dispose();
        }

        _pending.Dispose();
    }

    private bool TryTakePacket(out byte[] packet)
    {
        packet = [];
        ReadOnlySpan<byte> bytes = _pending.GetBuffer().AsSpan(0, (int)_pending.Length);
        if (!BinaryPrimitives.TryReadUInt32BigEndian(bytes, out uint length))
        {
            return false;
        }

        if (length is 0 or > MaximumPacket)
        {
            throw new InvalidDataException($"an sftp packet of {length} bytes; the most taken is {MaximumPacket}");
        }

        if (bytes.Length < 4 + length)
        {
            return false;
        }

        packet = bytes.Slice(4, (int)length).ToArray();
        byte[] rest = bytes[(4 + (int)length)..].ToArray();
        _pending.SetLength(0);
        _pending.Write(rest);
        return true;
    }

    private ReadOnlyMemory<byte> Answer(byte[] packet)
    {
        var reader = new SftpReader(packet);
        var type = (SftpPacket)reader.Byte();
        uint id = reader.UInt32();
        if (type == SftpPacket.Init)
        {
            // The version takes the place of the request id.
            return new SftpWriter(SftpPacket.Version, 3)
                .Text("posix-rename@openssh.com").Text("1").Text("fsync@openssh.com").Text("1").Finish();
        }

        try
        {
            return Serve(type, id, reader);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            return Status(id, SftpStatus.NoSuchFile, "no such file");
        }
        catch (UnauthorizedAccessException)
        {
            return Status(id, SftpStatus.PermissionDenied, "permission denied");
        }
        catch (Exception error) when (error is IOException or ArgumentException or NotSupportedException)
        {
            return Status(id, SftpStatus.Failure, error.Message);
        }
    }

    private ReadOnlyMemory<byte> Serve(SftpPacket type, uint id, SftpReader reader)
    {
        switch (type)
        {
            case SftpPacket.Open:
                return Open(id, Full(reader.Text()), reader.UInt32());
            case SftpPacket.Close:
                return Close(id, Handle(reader));
            case SftpPacket.Read:
                return Read(id, File(reader), reader.UInt64(), reader.UInt32());
            case SftpPacket.Write:
                RandomAccess.Write(File(reader).SafeFileHandle, Later(reader, out ulong at).Span, (long)at);
                return Ok(id);
            case SftpPacket.Stat:
                return Attributes(id, Full(reader.Text()), follow: true);
            case SftpPacket.LStat:
                return Attributes(id, Full(reader.Text()), follow: false);
            case SftpPacket.FStat:
                return Attributes(id, File(reader).Name, follow: true);
            case SftpPacket.SetStat:
                Set(Full(reader.Text()), reader);
                return Ok(id);
            case SftpPacket.FSetStat:
                Set(File(reader).Name, reader);
                return Ok(id);
            case SftpPacket.OpenDir:
                return OpenDirectory(id, Full(reader.Text()));
            case SftpPacket.ReadDir:
                return ReadDirectory(id, Handle(reader));
            case SftpPacket.Remove:
                Remove(Full(reader.Text()));
                return Ok(id);
            case SftpPacket.MkDir:
                Directory.CreateDirectory(Full(reader.Text()));
                return Ok(id);
            case SftpPacket.RmDir:
                Directory.Delete(Full(reader.Text()));
                return Ok(id);
            case SftpPacket.RealPath:
                return Name(id, Full(reader.Text()));
            case SftpPacket.Rename:
                Move(Full(reader.Text()), Full(reader.Text()), overwrite: false);
                return Ok(id);
            case SftpPacket.ReadLink:
                return Name(id, new FileInfo(Full(reader.Text())).LinkTarget ?? throw new IOException("not a link"));
            case SftpPacket.SymLink:
                // OpenSSH sends the target first, against the draft; everybody follows OpenSSH.
                string linkTarget = reader.Text();
                System.IO.File.CreateSymbolicLink(Full(reader.Text()), linkTarget);
                return Ok(id);
            case SftpPacket.Extended:
                return Extended(id, reader);
            default:
                return Status(id, SftpStatus.OperationUnsupported, "not supported");
        }
    }

    private ReadOnlyMemory<byte> Extended(uint id, SftpReader reader)
    {
        switch (reader.Text())
        {
            case "posix-rename@openssh.com":
                Move(Full(reader.Text()), Full(reader.Text()), overwrite: true);
                return Ok(id);
            case "fsync@openssh.com":
                FileStream synced = File(reader);
                synced.Flush();
                FileSync.ToDisk(synced.SafeFileHandle, synced.Name);
                return Ok(id);
            default:
                return Status(id, SftpStatus.OperationUnsupported, "not supported");
        }
    }

    private static ReadOnlyMemory<byte> Later(SftpReader reader, out ulong offset)
    {
        offset = reader.UInt64();
        return reader.Bytes();
    }

    private ReadOnlyMemory<byte> Open(uint id, string path, uint flags)
    {
        if (_handles.Count >= MaximumHandles)
        {
            return Status(id, SftpStatus.Failure, "too many open files");
        }

        FileMode mode = (flags & (CreateFlag | TruncateFlag | ExclusiveFlag)) switch
        {
            CreateFlag | ExclusiveFlag or CreateFlag | ExclusiveFlag | TruncateFlag => FileMode.CreateNew,
            CreateFlag | TruncateFlag => FileMode.Create,
            TruncateFlag => FileMode.Truncate,
            CreateFlag => FileMode.OpenOrCreate,
            _ => FileMode.Open,
        };
        FileAccess access = (flags & (ReadFlag | WriteFlag | AppendFlag)) switch
        {
            ReadFlag => FileAccess.Read,
            ReadFlag | WriteFlag or ReadFlag | WriteFlag | AppendFlag => FileAccess.ReadWrite,
            _ => FileAccess.Write,
        };
        var file = new FileStream(path, mode, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        return NewHandle(id, file);
    }

    private ReadOnlyMemory<byte> Close(uint id, uint handle)
    {
        if (_handles.Remove(handle, out object? open))
        {
            (open as IDisposable)?.Dispose();
            return Ok(id);
        }

        return Status(id, SftpStatus.Failure, "no such handle");
    }

    private static ReadOnlyMemory<byte> Read(uint id, FileStream file, ulong offset, uint length)
    {
        byte[] buffer = new byte[Math.Min(length, MaximumPacket - 1024)];
        int count = RandomAccess.Read(file.SafeFileHandle, buffer, (long)offset);
        return count == 0
            ? Status(id, SftpStatus.Eof, "end of file")
            : new SftpWriter(SftpPacket.Data, id).Bytes(buffer.AsSpan(0, count)).Finish();
    }

    private ReadOnlyMemory<byte> OpenDirectory(uint id, string path)
    {
        IEnumerable<string> names = new DirectoryInfo(path).EnumerateFileSystemInfos().Select(entry => entry.FullName);
        return NewHandle(id,
            new Queue<string>(names.Prepend(Path.Combine(path, "..")).Prepend(Path.Combine(path, "."))));
    }

    private ReadOnlyMemory<byte> ReadDirectory(uint id, uint handle)
    {
        if (_handles.GetValueOrDefault(handle) is not Queue<string> { Count: > 0 } names)
        {
            return Status(id, SftpStatus.Eof, "end of directory");
        }

        int count = Math.Min(names.Count, NamesPerPacket);
        SftpWriter answer = new SftpWriter(SftpPacket.Name, id).UInt32((uint)count);
        for (int i = 0; i < count; i++)
        {
            string path = names.Dequeue();
            string name = Path.GetFileName(path);
            answer.Text(name);
            FileSystemInfo entry = Entry(path);
            answer.Text(LongName(entry, name));
            WriteAttributes(answer, entry);
        }

        return answer.Finish();
    }

    private static void Remove(string path)
    {
        FileSystemInfo entry = Entry(path);
        if (entry is DirectoryInfo && entry.LinkTarget is null)
        {
            throw new IOException("is a directory");
        }

        entry.Delete();
    }

    private static void Move(string from, string to, bool overwrite)
    {
        if (Directory.Exists(from))
        {
            Directory.Move(from, to);
            return;
        }

        System.IO.File.Move(from, to, overwrite);
    }

    private static void Set(string path, SftpReader reader)
    {
        uint flags = reader.UInt32();
        if ((flags & 1) != 0)
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Write);
            file.SetLength((long)reader.UInt64());
        }

        if ((flags & 2) != 0)
        {
            // Owner and group are taken and left as they are: the demo runs as one ordinary user.
            reader.UInt64();
        }

        if ((flags & 4) != 0)
        {
            System.IO.File.SetUnixFileMode(path, (UnixFileMode)(reader.UInt32() & 0xFFF));
        }

        if ((flags & 8) != 0)
        {
            System.IO.File.SetLastAccessTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(reader.UInt32()).UtcDateTime);
            System.IO.File.SetLastWriteTimeUtc(path, DateTimeOffset.FromUnixTimeSeconds(reader.UInt32()).UtcDateTime);
        }
    }

    private static ReadOnlyMemory<byte> Attributes(uint id, string path, bool follow)
    {
        FileSystemInfo entry = Entry(path);
        if (follow && entry.ResolveLinkTarget(returnFinalTarget: true) is { } final)
        {
            entry = final;
        }

        var answer = new SftpWriter(SftpPacket.Attributes, id);
        WriteAttributes(answer, entry);
        return answer.Finish();
    }

    private static FileSystemInfo Entry(string path)
    {
        var file = new FileInfo(path);
        FileSystemInfo entry = (file.Attributes & FileAttributes.Directory) != 0
            && file.Attributes != (FileAttributes)(-1)
            ? new DirectoryInfo(path)
            : file;
        return entry.Exists || entry.LinkTarget is not null
            ? entry
            : throw new FileNotFoundException("no such file", path);
    }

    private static void WriteAttributes(SftpWriter answer, FileSystemInfo entry)
    {
        const uint Size = 1, Permissions = 4, Times = 8;
        uint type = entry.LinkTarget is not null ? 0xA000u : entry is DirectoryInfo ? 0x4000u : 0x8000u;
        answer.UInt32(Size | Permissions | Times)
            .UInt64(entry is FileInfo { Exists: true } file ? (ulong)file.Length : 4096)
            .UInt32(type | (uint)entry.UnixFileMode)
            .UInt32((uint)new DateTimeOffset(entry.LastAccessTimeUtc).ToUnixTimeSeconds())
            .UInt32((uint)new DateTimeOffset(entry.LastWriteTimeUtc).ToUnixTimeSeconds());
    }

    private static string LongName(FileSystemInfo entry, string name)
    {
        var text = new StringBuilder(entry.LinkTarget is not null ? "l" : entry is DirectoryInfo ? "d" : "-");
        for (int bit = 8; bit >= 0; bit--)
        {
            text.Append(((int)entry.UnixFileMode >> bit & 1) == 0 ? '-' : "xwr"[bit % 3]);
        }

        long size = entry is FileInfo { Exists: true } file ? file.Length : 4096;
        return $"{text}    1 demo     demo     {size,10} {entry.LastWriteTimeUtc:MMM dd HH:mm} {name}";
    }

    private ReadOnlyMemory<byte> NewHandle(uint id, object open)
    {
        uint handle = _nextHandle++;
        _handles.Add(handle, open);
        Span<byte> name = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(name, handle);
        return new SftpWriter(SftpPacket.Handle, id).Bytes(name).Finish();
    }

    private static uint Handle(SftpReader reader)
    {
        ReadOnlySpan<byte> name = reader.Bytes().Span;
        return name.Length == 4 ? BinaryPrimitives.ReadUInt32BigEndian(name) : uint.MaxValue;
    }

    private FileStream File(SftpReader reader) =>
        _handles.GetValueOrDefault(Handle(reader)) as FileStream ?? throw new IOException("no such handle");

    private string Full(string path) => Path.GetFullPath(path, home);

    private static ReadOnlyMemory<byte> Name(uint id, string path) =>
        new SftpWriter(SftpPacket.Name, id).UInt32(1).Text(path).Text(path).UInt32(0).Finish();

    private static ReadOnlyMemory<byte> Ok(uint id) => Status(id, SftpStatus.Ok, "");

    private static ReadOnlyMemory<byte> Status(uint id, SftpStatus status, string text) =>
        new SftpWriter(SftpPacket.Status, id).UInt32((uint)status).Text(text).Text("en").Finish();
}
