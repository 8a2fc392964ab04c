using System.Text;
using Bastion.Analysis;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>What is to be done with one packet of the client.</summary>
internal enum SftpRequestKind
{
    /// <summary>Reads about things, or acts on a handle that the gate let be opened.</summary>
    Pass,

    /// <summary>Acts on a path: for the gate.</summary>
    Gated,

    /// <summary>Not known to the gateway, so it cannot be judged.</summary>
    Unknown,
}

/// <summary>
/// One packet of the client as the gate sees it. <paramref name="Handle"/> is set where it acts on an open file;
/// <paramref name="Operation"/> is set for what is gated, with paths as the client wrote them.
/// </summary>
internal readonly record struct SftpRequest(
    SftpRequestKind Kind, SftpType Type, uint Id, ReadOnlyMemory<byte> Handle, FileOperation? Operation)
{
    private const uint AttributeSize = 1;

    /// <summary>Extensions that read, or act on handles only: OpenSSH's PROTOCOL section 4.</summary>
    private static readonly HashSet<string> PassedExtensions =
    [
        "statvfs@openssh.com", "fstatvfs@openssh.com", "fsync@openssh.com", "limits@openssh.com",
        "expand-path@openssh.com", "home-directory", "users-groups-by-id@openssh.com",
    ];

    /// <param name="packet">From the type byte on, whole.</param>
    /// <exception cref="SftpProtocolException">It is malformed.</exception>
    public static SftpRequest Parse(ReadOnlyMemory<byte> packet)
    {
        var type = (SftpType)packet.Span[0];
        var reader = new SftpReader(packet.Span[1..]);
        if (type == SftpType.Init)
        {
            return new SftpRequest(SftpRequestKind.Pass, type, 0, default, null);
        }

        if (!reader.TryReadUInt32(out uint id))
        {
            throw Malformed(type);
        }

        var pass = new SftpRequest(SftpRequestKind.Pass, type, id, default, null);
        return type switch
        {
            SftpType.Open => pass.Gate(ReadOpen(ref reader)),
            SftpType.SetStat => pass.Gate(ReadSetStat(ref reader)),
            SftpType.Remove => pass.Gate(ReadPath(ref reader, FileOperationKind.Remove)),
            SftpType.RmDir => pass.Gate(ReadPath(ref reader, FileOperationKind.RemoveDirectory)),
            SftpType.MkDir => pass.Gate(ReadPath(ref reader, FileOperationKind.MakeDirectory)),
            SftpType.Rename => pass.Gate(ReadTwoPaths(ref reader, FileOperationKind.Rename)),
            SftpType.SymLink => pass.Gate(ReadTwoPaths(ref reader, FileOperationKind.SymbolicLink)),
            SftpType.FSetStat => pass.OnHandle(packet, ref reader).Gate(ReadAttributes("", ref reader)),
            SftpType.Close or SftpType.Read or SftpType.Write or SftpType.FStat or SftpType.ReadDir =>
                pass.OnHandle(packet, ref reader),
            SftpType.LStat or SftpType.Stat or SftpType.OpenDir or SftpType.RealPath or SftpType.ReadLink => pass,
            SftpType.Extended => pass.Extended(packet, ref reader),
            _ => pass with { Kind = SftpRequestKind.Unknown },
        };
    }

    private SftpRequest Gate(FileOperation? operation) =>
        operation is null ? throw Malformed(Type) : this with { Kind = SftpRequestKind.Gated, Operation = operation };

    private SftpRequest OnHandle(ReadOnlyMemory<byte> packet, ref SftpReader reader)
    {
        const int handleAt = 1 + 4 + 4;
        return reader.TryReadString(out ReadOnlySpan<byte> handle)
            ? this with { Handle = packet.Slice(handleAt, handle.Length) }
            : throw Malformed(Type);
    }

    private SftpRequest Extended(ReadOnlyMemory<byte> packet, ref SftpReader reader)
    {
        if (!reader.TryReadString(out ReadOnlySpan<byte> name))
        {
            throw Malformed(Type);
        }

        string extension = Encoding.ASCII.GetString(name);
        return extension switch
        {
            "posix-rename@openssh.com" => Gate(ReadTwoPaths(ref reader, FileOperationKind.Rename)),
            "hardlink@openssh.com" => Gate(ReadTwoPaths(ref reader, FileOperationKind.HardLink)),
            "lsetstat@openssh.com" => Gate(ReadSetStat(ref reader)),
            "copy-data" => Copy(packet, ref reader),
            _ when PassedExtensions.Contains(extension) => this,
            _ => this with { Kind = SftpRequestKind.Unknown },
        };
    }

    /// <summary>"copy-data": string from handle, uint64 offset, uint64 length, string to handle, uint64
    /// offset</summary>
    private SftpRequest Copy(ReadOnlyMemory<byte> packet, ref SftpReader reader)
    {
        const int endOffset = 8;
        return reader.TryReadString(out _) && reader.TryReadUInt64(out _) && reader.TryReadUInt64(out _)
            && reader.TryReadString(out ReadOnlySpan<byte> to) && packet.Length >= to.Length + endOffset
                ? this with { Handle = packet.Slice(packet.Length - endOffset - to.Length, to.Length) }
                : throw Malformed(Type);
    }

    private static FileOperation? ReadOpen(ref SftpReader reader)
    {
        if (!reader.TryReadPath(out string path) || !reader.TryReadUInt32(out uint raw))
        {
            return null;
        }

        var flags = (SftpOpenFlags)raw;
        const SftpOpenFlags writing =
            SftpOpenFlags.Write | SftpOpenFlags.Append | SftpOpenFlags.Create | SftpOpenFlags.Truncate;
        // With EXCL the file is new: there is nothing that TRUNC could take.
        bool truncates = flags.HasFlag(SftpOpenFlags.Truncate) && !flags.HasFlag(SftpOpenFlags.Exclusive);
        FileOperationKind kind = truncates ? FileOperationKind.OpenTruncate
            : (flags & writing) != 0 ? FileOperationKind.OpenWrite
            : FileOperationKind.OpenRead;
        return new FileOperation(kind, path);
    }

    private static FileOperation? ReadPath(ref SftpReader reader, FileOperationKind kind) =>
        reader.TryReadPath(out string path) ? new FileOperation(kind, path) : null;

    private static FileOperation? ReadTwoPaths(ref SftpReader reader, FileOperationKind kind) =>
        reader.TryReadPath(out string path) && reader.TryReadPath(out string newPath)
            ? new FileOperation(kind, path, newPath)
            : null;

    private static FileOperation? ReadSetStat(ref SftpReader reader) =>
        reader.TryReadPath(out string path) ? ReadAttributes(path, ref reader) : null;

    /// <summary>Section 5 of the draft: an attribute block with a size shortens or lengthens the file.</summary>
    private static FileOperation? ReadAttributes(string path, ref SftpReader reader) =>
        reader.TryReadUInt32(out uint flags)
            ? new FileOperation(
                (flags & AttributeSize) != 0 ? FileOperationKind.Truncate : FileOperationKind.SetAttributes, path)
            : null;

    private static SftpProtocolException Malformed(SftpType type) => new($"a malformed packet of type {(byte)type}");
}
