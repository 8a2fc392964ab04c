using System.Runtime.CompilerServices;
using Bastion.Followers.Archive;

namespace Bastion.Followers.Tests.Archive;

/// <summary>A store that keeps every version and fails when told to, before or after it did what was asked.</summary>
internal sealed class MemoryArchive : IArchiveStore
{
    private readonly SortedDictionary<string, List<byte[]>> _objects = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    public string? Objection { get; set; }

    /// <summary>Asked before each put: 0 works, 1 fails before, 2 fails after.</summary>
    public Func<int> NextFault { get; set; } = () => 0;

    public Action BeforePut { get; set; } = () => { };

    public DateTimeOffset? LastRetention { get; private set; }

    public IReadOnlyList<string> Keys
    {
        get
        {
            lock (_lock)
            {
                return [.. _objects.Keys];
            }
        }
    }

    /// <summary>Lays something over it, as whoever may write there can.</summary>
    public void Overwrite(string key, byte[] content) => _objects[key].Add(content);

    public void Remove(string key) => _objects.Remove(key);

    public byte[] Content(string key) => _objects[key][0];

    /// <summary>Names under a legal hold.</summary>
    public SortedSet<string> Held { get; } = new(StringComparer.Ordinal);

    public int HoldRequests { get; private set; }

    public Task HoldAsync(ArchivedObject found, bool isHeld, CancellationToken cancellationToken)
    {
        HoldRequests++;
        _ = isHeld ? Held.Add(found.Key) : Held.Remove(found.Key);
        return Task.CompletedTask;
    }

    public Task<string?> ObjectionAsync(CancellationToken cancellationToken) => Task.FromResult(Objection);

    public Task<PutResult> PutAsync(string key, ReadOnlyMemory<byte> content, DateTimeOffset retainUntil,
        CancellationToken cancellationToken)
    {
        BeforePut();
        int fault;
        lock (_lock)
        {
            fault = NextFault();
        }

        if (fault == 1)
        {
            throw new IOException("503 SlowDown");
        }

        PutResult result;
        lock (_lock)
        {
            LastRetention = retainUntil;
            result = _objects.TryAdd(key, [content.ToArray()]) ? PutResult.Created : PutResult.AlreadyThere;
        }

        return fault == 2 ? throw new IOException("the connection was reset") : Task.FromResult(result);
    }

    public Task<byte[]?> GetAsync(string key, string? version, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_objects.TryGetValue(key, out List<byte[]>? versions) ? version is null
                ? versions[^1]
                : versions[0] : null);
        }
    }

    public async IAsyncEnumerable<ArchivedObject> ListAsync(string prefix, [EnumeratorCancellation]
        CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (string? key in Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)))
        {
            yield return new ArchivedObject(key, "first");
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _objects.Remove(key);
        }

        return Task.CompletedTask;
    }

    public void Dispose()
    {
    }
}
