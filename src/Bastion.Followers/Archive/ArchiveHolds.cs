namespace Bastion.Followers.Archive;

/// <param name="Held">Sessions that a legal hold covers.</param>
/// <param name="Released">Sessions that only lifted ones cover.</param>
internal sealed record HoldCoverage(IReadOnlySet<string> Held, IReadOnlySet<string> Released);

/// <summary>
/// Carries legal holds over to one archive: an object under one stays though the time of its lock is over, whoever owns
/// the bucket. What was carried over is remembered until a restart, and then said again, which changes nothing.
/// </summary>
internal sealed class ArchiveHolds(IArchiveStore store, ArchiveNames names)
{
    private readonly Dictionary<string, bool> _said = new(StringComparer.Ordinal);

    /// <exception cref="IOException">The store did not take one; the next round goes on there.</exception>
    public async Task CarryOverAsync(HoldCoverage coverage, CancellationToken cancellationToken)
    {
        if (coverage.Held.Count + coverage.Released.Count == 0)
        {
            return;
        }

        await foreach (ArchivedObject found in store.ListAsync(names.Recordings, cancellationToken))
        {
            string session = names.SessionOf(found.Key);
            bool isHeld = coverage.Held.Contains(session);
            if ((isHeld || coverage.Released.Contains(session))
                && !(_said.TryGetValue(found.Key, out bool said) && said == isHeld))
            {
                await store.HoldAsync(found, isHeld, cancellationToken);
                _said[found.Key] = isHeld;
            }
        }
    }
}
