using System.Text;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Tests;

/// <summary>Repeatable choices from a seed.</summary>
internal sealed class Choices(ulong seed)
{
    private ulong _state = seed;

    public int Below(int bound)
    {
        // SplitMix64.
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }
}

internal sealed class PowerCutException() : IOException("the power is cut");

/// <summary>
/// A disk in memory that forgets as real ones do: bytes are durable after an fsync of the file, names after an fsync of
/// the directory. It can lose power at any operation, fill up, and fail an fsync.
/// </summary>
internal sealed class SimulatedDisk : IFileSystem
{
    private const int SectorBytes = 512;

    private readonly Lock _gate = new();
    private readonly SortedDictionary<string, Node> _names = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _directories = new(StringComparer.Ordinal);
    private readonly List<NameChange> _unsynced = [];
    private readonly HashSet<string> _locked = [];
    private bool _dead;

    /// <summary>Mutating operations so far.</summary>
    public int Operations { get; private set; }

    /// <summary>The power is cut at this operation, which may have happened in part.</summary>
    public int? CutAt { get; set; }

    /// <summary>No more bytes than this fit.</summary>
    public long Capacity { get; set; } = long.MaxValue;

    /// <summary>The next fsync fails, and the kernel forgets that the pages were dirty.</summary>
    public bool FailNextSync { get; set; }

    /// <summary>The fsyncs of these files fail, in the same way.</summary>
    public Func<string, bool>? FailSyncsOf { get; set; }

    public int FailedSyncs { get; private set; }

    public long UsedBytes => _names.Values.Sum(node => (long)node.Current.Count);

    public byte[] Bytes(string path) => [.. _names[path].Current];

    public void Overwrite(string path, byte[] bytes) => _names[path] = new Node(bytes);

    public IReadOnlyList<string> Files => [.. _names.Keys];

    public SimulatedDisk Clone()
    {
        var clone = new SimulatedDisk();
        clone._directories.UnionWith(_directories);
        foreach ((string path, Node node) in _names)
        {
            clone._names[path] = new Node([.. node.Current]);
        }

        return clone;
    }

    /// <summary>What a machine finds after the power came back: of what was not synced, any part of any
    /// write.</summary>
    public SimulatedDisk AfterPowerCut(Choices choices)
    {
        var found = new SimulatedDisk();
        found._directories.UnionWith(_directories);
        var durableNames = new SortedDictionary<string, Node>(_names, StringComparer.Ordinal);
        // Names go back, newest first, to a point that differs for each directory.
        var stop = new HashSet<string>(StringComparer.Ordinal);
        foreach (NameChange change in Enumerable.Reverse(_unsynced))
        {
            if (!stop.Contains(change.Directory) && choices.Below(2) == 0)
            {
                stop.Add(change.Directory);
            }

            if (!stop.Contains(change.Directory))
            {
                change.Undo(durableNames);
            }
        }

        foreach ((string path, Node node) in durableNames)
        {
            found._names[path] = new Node(node.AfterPowerCut(choices));
        }

        return found;
    }

    public bool FileExists(string path) => _names.ContainsKey(path);

    public bool DirectoryExists(string path) => _directories.Contains(path);

    public void CreateDirectory(string path)
    {
        Mutate();
        for (string? each = path; each is { Length: > 1 }; each = Path.GetDirectoryName(each))
        {
            _directories.Add(each);
        }
    }

    public IReadOnlyList<FileSystemEntry> List(string directory)
    {
        lock (_gate)
        {
            return [.. _names.Where(name => Path.GetDirectoryName(name.Key) == directory)
                .Select(name =>
                new FileSystemEntry(Path.GetFileName(name.Key), EntryKind.File, name.Value.Current.Count))
                .Concat(_directories.Where(each => Path.GetDirectoryName(each) == directory)
                    .Select(each => new FileSystemEntry(Path.GetFileName(each), EntryKind.Directory, 0)))
                .OrderBy(entry => entry.Name, StringComparer.Ordinal)];
        }
    }

    public IFile Create(string path)
    {
        Mutate();
        lock (_gate)
        {
            if (_names.ContainsKey(path))
            {
                throw new IOException($"`{path}` exists");
            }

            var node = new Node([]);
            _names[path] = node;
            _unsynced.Add(new NameChange(Path.GetDirectoryName(path)!, previous => previous.Remove(path)));
            return new SimulatedFile(this, node, path);
        }
    }

    public IFile Open(string path) =>
        _names.TryGetValue(path, out Node? node)
        ? new SimulatedFile(this, node, path)
        : throw new FileNotFoundException(path);

    public IFile OpenRead(string path) => Open(path);

    public void Replace(string source, string destination)
    {
        Mutate();
        lock (_gate)
        {
            Node moved = _names[source];
            _names.TryGetValue(destination, out Node? replaced);
            _names.Remove(source);
            _names[destination] = moved;
            _unsynced.Add(new NameChange(Path.GetDirectoryName(destination)!, previous =>
            {
                previous[source] = moved;
                previous.Remove(destination);
                if (replaced is not null)
                {
                    previous[destination] = replaced;
                }
            }));
        }
    }

    public void Delete(string path)
    {
        Mutate();
        lock (_gate)
        {
            Node removed = _names[path];
            _names.Remove(path);
            _unsynced.Add(new NameChange(Path.GetDirectoryName(path)!, previous => previous[path] = removed));
        }
    }

    public void SyncDirectory(string path)
    {
        Mutate();
        lock (_gate)
        {
            _unsynced.RemoveAll(change => change.Directory == path);
        }
    }

    public IDisposable Lock(string directory)
    {
        lock (_gate)
        {
            return _locked.Add(directory) ? new Held(this, directory) : throw new FileLockedException("locked");
        }
    }

    public bool IsAt(IFile file, string path)
    {
        lock (_gate)
        {
            return _names.TryGetValue(path, out Node? node) && ((SimulatedFile)file).Node == node;
        }
    }

    public string? FaultOfPermissions(string path) => null;

    private bool Mutate()
    {
        lock (_gate)
        {
            if (_dead)
            {
                throw new PowerCutException();
            }

            Operations++;
            _dead = Operations == CutAt;
            return _dead;
        }
    }

    private sealed record NameChange(string Directory, Action<SortedDictionary<string, Node>> Undo);

    private sealed class Held(SimulatedDisk disk, string path) : IDisposable
    {
        public void Dispose()
        {
            lock (disk._gate)
            {
                disk._locked.Remove(path);
            }
        }
    }

    private sealed class Node(byte[] bytes)
    {
        public List<byte> Current { get; } = [.. bytes];

        public byte[] Durable { get; set; } = bytes;

        /// <summary>Written since the last good fsync; what the kernel still knows to be dirty.</summary>
        public List<(long Offset, long Length)> Dirty { get; } = [];

        public bool LengthDirty { get; set; }

        /// <summary>Each dirty sector is the new one, the old one, or zeros where there was none.</summary>
        public byte[] AfterPowerCut(Choices choices)
        {
            int length = LengthDirty
                ? Durable.Length + choices.Below(Math.Max(1, Current.Count - Durable.Length + 1))
                : Durable.Length;
            if (LengthDirty && Current.Count < Durable.Length)
            {
                length = choices.Below(2) == 0 ? Durable.Length : Current.Count;
            }

            byte[] found = new byte[length];
            Durable.AsSpan(0, Math.Min(length, Durable.Length)).CopyTo(found);
            foreach ((long offset, long count) in Dirty)
            {
                for (long sector = offset / SectorBytes; sector * SectorBytes < offset + count; sector++)
                {
                    if (choices.Below(2) == 0)
                    {
                        continue;
                    }

                    for (long at = Math.Max(offset, sector * SectorBytes);
                        at < Math.Min(offset + count, (sector + 1) * SectorBytes); at++)
                    {
                        if (at < length && at < Current.Count)
                        {
                            found[at] = Current[(int)at];
                        }
                    }
                }
            }

            return found;
        }
    }

    private sealed class SimulatedFile(SimulatedDisk disk, Node node, string path) : IFile
    {
        public Node Node => node;

        public long Length
        {
            get
            {
                lock (disk._gate)
                {
                    return node.Current.Count;
                }
            }
        }

        public int Read(Span<byte> buffer, long offset)
        {
            lock (disk._gate)
            {
                int count = (int)Math.Clamp(node.Current.Count - offset, 0, buffer.Length);
                System.Runtime.InteropServices.CollectionsMarshal.AsSpan(node.Current)
                    .Slice((int)Math.Min(offset, node.Current.Count), count).CopyTo(buffer);
                return count;
            }
        }

        public void Write(ReadOnlySpan<byte> bytes, long offset)
        {
            bool cut = disk.Mutate();
            lock (disk._gate)
            {
                long free = disk.Capacity - disk.UsedBytes;
                long grows = Math.Max(0, offset + bytes.Length - node.Current.Count);
                // A full disk takes what fits, as write(2) does.
                ReadOnlySpan<byte> fits = grows > free
                    ? bytes[..(int)Math.Max(0, bytes.Length - (grows - free))]
                    : bytes;
                while (node.Current.Count < offset + fits.Length)
                {
                    node.Current.Add(0);
                    node.LengthDirty = true;
                }

                for (int index = 0; index < fits.Length; index++)
                {
                    node.Current[(int)offset + index] = fits[index];
                }

                node.Dirty.Add((offset, fits.Length));
                if (cut)
                {
                    throw new PowerCutException();
                }

                if (fits.Length < bytes.Length)
                {
                    throw new IOException("no space left on device");
                }
            }
        }

        public void Truncate(long length)
        {
            disk.Mutate();
            lock (disk._gate)
            {
                node.Current.RemoveRange((int)length, node.Current.Count - (int)length);
                node.LengthDirty = true;
            }
        }

        public void Sync()
        {
            bool cut = disk.Mutate();
            lock (disk._gate)
            {
                if (disk.FailNextSync || disk.FailSyncsOf?.Invoke(path) == true)
                {
                    disk.FailNextSync = false;
                    disk.FailedSyncs++;
                    node.Dirty.Clear();
                    node.LengthDirty = false;
                    throw new IOException("input/output error");
                }

                if (cut)
                {
                    throw new PowerCutException();
                }

                byte[] durable = new byte[node.Current.Count];
                node.Durable.AsSpan(0, Math.Min(durable.Length, node.Durable.Length)).CopyTo(durable);
                foreach ((long offset, long count) in node.Dirty)
                {
                    long end = Math.Min(offset + count, node.Current.Count);
                    for (long at = offset; at < end; at++)
                    {
                        durable[at] = node.Current[(int)at];
                    }
                }

                node.Durable = durable;
                node.Dirty.Clear();
                node.LengthDirty = false;
            }
        }

        public void Dispose()
        {
        }

        public override string ToString() => Encoding.UTF8.GetString([.. node.Current]);
    }
}
