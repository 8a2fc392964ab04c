namespace Bastion.Control.Sessions;

/// <summary>
/// The index of sessions, written behind: what starts and ends waits for the journal alone. What could not be written
/// is tried again. A crash may leave the last ones out of the index; the journal has them all.
/// </summary>
internal sealed class SessionIndex(ISessionStore store)
{
    /// <summary>A store that takes nothing for so many sessions is mended by hand; the journal has them all.</summary>
    private const int MaximumUnwritten = SessionRegistry.MaximumSessions;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, SessionSummary> _unwritten = new(StringComparer.Ordinal);
    private Task _writing = Task.CompletedTask;

    /// <summary>The session as it is now; written soon.</summary>
    public void Put(SessionSummary session)
    {
        lock (_lock)
        {
            if (_unwritten.Count < MaximumUnwritten || _unwritten.ContainsKey(session.Id))
            {
                _unwritten[session.Id] = session;
            }

            WriteBehind();
        }
    }

    /// <summary>Tries what could not be written before. Called about every second.</summary>
    public void Retry()
    {
        lock (_lock)
        {
            WriteBehind();
        }
    }

    /// <summary>Returns when everything was tried.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            WriteBehind();
            return _writing;
        }
    }

    public async ValueTask<SessionSummary?> FindAsync(string id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_unwritten.TryGetValue(id, out SessionSummary? unwritten))
            {
                return unwritten;
            }
        }

        return await store.FindAsync(id, cancellationToken);
    }

    /// <summary>Newest first.</summary>
    public async ValueTask<IReadOnlyList<SessionSummary>> ListAsync(
        string? principal, int limit, CancellationToken cancellationToken)
    {
        List<SessionSummary> unwritten;
        lock (_lock)
        {
            unwritten = [.. _unwritten.Values.Where(session => principal is null || session.Principal == principal)];
        }

        IReadOnlyList<SessionSummary> stored =
            await store.ListAsync(principal, onlyRunning: false, limit, cancellationToken);
        return [.. unwritten.Concat(stored).DistinctBy(session => session.Id)
            .OrderByDescending(session => session.Started).Take(limit)];
    }

    private void WriteBehind()
    {
        if (_unwritten.Count > 0 && _writing.IsCompleted)
        {
            _writing = Task.Run(WriteAsync);
        }
    }

    private async Task WriteAsync()
    {
        while (Next() is { } session)
        {
            try
            {
                await store.SaveAsync(session, CancellationToken.None);
            }
            catch (StoreUnavailableException)
            {
                // It stays in line. The store itself says what is wrong with it, where it is looked for.
                return;
            }

            lock (_lock)
            {
                if (_unwritten.TryGetValue(session.Id, out SessionSummary? newest) && ReferenceEquals(newest, session))
                {
                    _unwritten.Remove(session.Id);
                }
            }
        }
    }

    private SessionSummary? Next()
    {
        lock (_lock)
        {
            return _unwritten.Values.FirstOrDefault();
        }
    }
}
