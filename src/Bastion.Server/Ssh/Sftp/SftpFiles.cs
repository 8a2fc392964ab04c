using System.Security.Cryptography;

namespace Bastion.Server.Ssh.Sftp;

/// <summary>A file that is open on the target: what goes in and out of it is counted and digested.</summary>
internal sealed class SftpFile(string path, bool written) : IDisposable
{
    private readonly IncrementalHash _digest = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private ulong _next;
    private int _left;
    private bool _inOrder = true;

    public string Path { get; } = path;

    /// <summary>Opened for writing; else for reading only.</summary>
    public bool Written { get; } = written;

    public long Length { get; private set; }

    public bool Failed { get; set; }

    /// <summary>Content in the order of the file makes a digest; anything else only counts.</summary>
    /// <param name="length">What is content of the bytes that follow; the rest of them is none.</param>
    public void Begin(ulong offset, int length)
    {
        _left = length;
        _inOrder &= offset == _next && length >= 0;
        _next = offset + (ulong)length;
        Length += length;
    }

    public void Append(ReadOnlySpan<byte> content)
    {
        content = content[..Math.Min(_left, content.Length)];
        _left -= content.Length;
        if (_inOrder)
        {
            _digest.AppendData(content);
        }
    }

    /// <summary>Something went into it that did not pass through here.</summary>
    public void Blur() => _inOrder = false;

    /// <summary>SHA-256 in hexadecimal; null when the content did not pass in order.</summary>
    public string? Digest() => _inOrder ? Convert.ToHexStringLower(_digest.GetCurrentHash()) : null;

    public void Dispose() => _digest.Dispose();
}

/// <summary>A request that the target has not answered.</summary>
/// <param name="Path">Of what is opened.</param>
/// <param name="Writes">It is opened for writing.</param>
/// <param name="Offset">Where a read begins.</param>
internal readonly record struct SftpPending(
    SftpType Type, SftpFile? File = null, string? Path = null, bool Writes = false, ulong Offset = 0);

/// <summary>Open handles and unanswered requests of one SFTP channel. Both pumps use it: every call locks.</summary>
internal sealed class SftpFiles : IDisposable
{
    /// <summary>Handles at once. OpenSSH's server gives out some thousand; a client that lists a tree holds a
    /// handful.</summary>
    private const int MaximumHandles = 4096;

    /// <summary>Requests without an answer. OpenSSH's client keeps 64 under way, sshfs some hundred.</summary>
    private const int MaximumPending = 8192;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SftpFile> _open = [];
    private readonly Dictionary<uint, SftpPending> _pending = [];

    public SftpFile? Find(ReadOnlySpan<byte> handle)
    {
        lock (_lock)
        {
            return _open.GetAlternateLookup<ReadOnlySpan<char>>()
                .TryGetValue(Key(handle, stackalloc char[512]), out SftpFile? file)
                ? file
                : null;
        }
    }

    public void Sent(uint id, SftpPending request)
    {
        lock (_lock)
        {
            if (_pending.Count >= MaximumPending)
            {
                throw new SftpProtocolException($"more than {MaximumPending} requests without an answer");
            }

            if (!_pending.TryAdd(id, request))
            {
                throw new SftpProtocolException("a request id that is in use");
            }
        }
    }

    /// <summary>An id that no request waits under, for a question of the gateway's own.</summary>
    public uint FreeId()
    {
        lock (_lock)
        {
            uint id = 0;
            while (_pending.ContainsKey(id))
            {
                id++;
            }

            return id;
        }
    }

    public SftpPending? Answered(uint id)
    {
        lock (_lock)
        {
            return _pending.Remove(id, out SftpPending request) ? request : null;
        }
    }

    /// <summary>False when there are more handles than a client can have use for.</summary>
    public bool Opened(ReadOnlySpan<byte> handle, string path, bool writes)
    {
        lock (_lock)
        {
            return _open.Count < MaximumHandles
                && _open.TryAdd(new string(Key(handle, stackalloc char[512])), new SftpFile(path, writes));
        }
    }

    public void Closed(SftpFile file)
    {
        lock (_lock)
        {
            foreach ((string key, SftpFile open) in _open)
            {
                if (ReferenceEquals(open, file))
                {
                    _open.Remove(key);
                    break;
                }
            }
        }
    }

    /// <summary>Files that were never closed, for the record; none is tracked any more.</summary>
    public IReadOnlyList<SftpFile> TakeOpen()
    {
        lock (_lock)
        {
            SftpFile[] open = [.. _open.Values];
            _open.Clear();
            return open;
        }
    }

    public void Dispose()
    {
        foreach (SftpFile file in TakeOpen())
        {
            file.Dispose();
        }
    }

    /// <summary>Handles are bytes, at most 256 of them (section 3 of the draft); each byte is one character of the
    /// key.</summary>
    private static ReadOnlySpan<char> Key(ReadOnlySpan<byte> handle, Span<char> buffer)
    {
        if (handle.Length > 256)
        {
            throw new SftpProtocolException("a handle of more than 256 bytes");
        }

        for (int i = 0; i < handle.Length; i++)
        {
            buffer[i] = (char)handle[i];
        }

        return buffer[..handle.Length];
    }
}
