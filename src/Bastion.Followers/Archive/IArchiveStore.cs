namespace Bastion.Followers.Archive;

internal enum PutResult
{
    Created,

    /// <summary>Something of that name was there and was left as it is.</summary>
    AlreadyThere,
}

/// <param name="Key">Its name in the store, prefix included.</param>
/// <param name="Version">The first version of that name: what was put there, whatever was laid over it later.</param>
internal sealed record ArchivedObject(string Key, string? Version);

/// <summary>A store of named bytes in which nothing is ever changed. Failures are <see cref="IOException"/>.</summary>
internal interface IArchiveStore : IDisposable
{
    /// <summary>Null when what is put there will be locked as the configuration wants, else what is missing.</summary>
    Task<string?> ObjectionAsync(CancellationToken cancellationToken);

    /// <param name="key">Its name.</param>
    /// <param name="content">All of it.</param>
    /// <param name="retainUntil">Not to be deleted by anybody before, where the store locks.</param>
    /// <param name="cancellationToken">Ends it; whether it is there is then not known.</param>
    Task<PutResult> PutAsync(string key, ReadOnlyMemory<byte> content, DateTimeOffset retainUntil,
        CancellationToken cancellationToken);

    /// <summary>The bytes, or null when there are none of that name.</summary>
    Task<byte[]?> GetAsync(string key, string? version, CancellationToken cancellationToken);

    /// <summary>In order of their names.</summary>
    IAsyncEnumerable<ArchivedObject> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>A legal hold: not to be deleted by anybody while it is on, where the store locks; elsewhere
    /// nothing.</summary>
    Task HoldAsync(ArchivedObject found, bool isHeld, CancellationToken cancellationToken);

    /// <summary>Removes every version. Fails while one is locked.</summary>
    Task DeleteAsync(string key, CancellationToken cancellationToken);
}

/// <summary>What lies in the archive is not what this journal would put there; a person has to look.</summary>
public sealed class ArchiveConflictException(string message) : Exception(message);
