namespace Bastion.Server.Ssh.Sftp;

/// <summary>
/// Where paths of the client lead on the target: the gateway's own questions to its SFTP server, one at a time. What is
/// judged is the file, not its spelling; between the answer and the act nothing holds the links still.
/// </summary>
internal sealed class TargetPaths
{
    private readonly Lock _lock = new();
    private TaskCompletionSource<string?>? _asked;
    private uint _id;

    /// <summary>The question is out and the answer has not come: until then answers pass packet by packet.</summary>
    public bool IsAwaited
    {
        get
        {
            lock (_lock)
            {
                return _asked is not null;
            }
        }
    }

    /// <summary>Before the question is sent. Null when the target says that it leads nowhere.</summary>
    /// <param name="id">No other request that waits for its answer has it.</param>
    public Task<string?> Ask(uint id)
    {
        lock (_lock)
        {
            _id = id;
            _asked = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
            return _asked.Task;
        }
    }

    /// <summary>True when this packet of the target's is the answer, which is not the client's.</summary>
    /// <param name="content">What stands behind its type.</param>
    public bool TryLearn(SftpType type, ReadOnlySpan<byte> content)
    {
        var reader = new SftpReader(content);
        if (type is not (SftpType.Name or SftpType.Status) || !reader.TryReadUInt32(out uint id))
        {
            return false;
        }

        TaskCompletionSource<string?> asked;
        lock (_lock)
        {
            if (_asked is null || id != _id)
            {
                return false;
            }

            asked = _asked;
            _asked = null;
        }

        bool named = type == SftpType.Name && reader.TryReadUInt32(out uint count) && count == 1;
        asked.SetResult(named && reader.TryReadPath(out string path) && path.StartsWith('/') ? path : null);
        return true;
    }

    /// <summary>Whether it has a `..` among its parts.</summary>
    public static bool ClimbsUp(string path) => path.Split('/').Contains("..");

    /// <summary>Absolute, without `.` and empty parts.</summary>
    /// <param name="from">Absolute, and where a relative path begins.</param>
    public static string Absolute(string path, string from) => "/" + string.Join(
        '/', (path.StartsWith('/') ? path : $"{from}/{path}")
            .Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part != "."));

    /// <summary>The directory that an absolute path of this form names something in, and the name.</summary>
    public static (string Directory, string Name) Split(string path)
    {
        int slash = path.LastIndexOf('/');
        return (slash <= 0 ? "/" : path[..slash], path[(slash + 1)..]);
    }
}
