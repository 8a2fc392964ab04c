using System.Collections.Concurrent;
using Bastion.Control.Approvals;
using Bastion.Control.Authentication;
using Bastion.Control.Sessions;

namespace Bastion.Control.Tests;

// Storage that keeps the promises of the interfaces and nothing else; the real one is tested with the server.

internal sealed class MemoryUserSecrets : IUserSecrets
{
    private readonly ConcurrentDictionary<string, UserSecret> _users = new();

    public UserSecret this[string user]
    {
        get => _users[user];
        set => _users[user] = value;
    }

    public ValueTask<UserSecret?> FindAsync(string user, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_users.GetValueOrDefault(user));

    public ValueTask<bool> TryUpdateAsync(UserSecret changed, CancellationToken cancellationToken)
    {
        bool found = _users.TryGetValue(changed.User, out UserSecret? stored);
        return ValueTask.FromResult(
            found
            && stored!.Version == changed.Version
            && _users.TryUpdate(changed.User, changed with { Version = changed.Version + 1 }, stored));
    }
}

internal sealed class MemoryRefreshFamilies : IRefreshFamilies
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, RefreshFamily> _families = [];

    public ValueTask AddAsync(RefreshFamily family, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _families.Add(family.Id, family);
        }

        return ValueTask.CompletedTask;
    }

    public ValueTask<RefreshFamily?> FindAsync(string id, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return ValueTask.FromResult(_families.GetValueOrDefault(id));
        }
    }

    public ValueTask<bool> TryRotateAsync(
        string id, byte[] expectedHash, byte[] nextHash, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (!_families.TryGetValue(id, out RefreshFamily? family) || !family.TokenHash.SequenceEqual(expectedHash))
            {
                return ValueTask.FromResult(false);
            }

            _families[id] = family with { TokenHash = nextHash, LastUsed = now };
            return ValueTask.FromResult(true);
        }
    }

    public ValueTask RemoveAsync(string id, CancellationToken cancellationToken) =>
        RemoveWhere(family => family.Id == id);

    public ValueTask RemoveOfUserAsync(string user, CancellationToken cancellationToken) =>
        RemoveWhere(family => family.User == user);

    public ValueTask RemoveStartedBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken) =>
        RemoveWhere(family => family.Started < time);

    private ValueTask RemoveWhere(Func<RefreshFamily, bool> which)
    {
        lock (_lock)
        {
            foreach (RefreshFamily? family in _families.Values.Where(which).ToList())
            {
                _families.Remove(family.Id);
            }
        }

        return ValueTask.CompletedTask;
    }
}

internal sealed class MemoryRequestStore : IRequestStore
{
    private readonly ConcurrentDictionary<string, ApprovalRequest> _requests = new();

    public ValueTask SaveAsync(ApprovalRequest request, CancellationToken cancellationToken)
    {
        _requests[request.Id] = request;
        return ValueTask.CompletedTask;
    }

    public ValueTask<ApprovalRequest?> FindAsync(string id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_requests.GetValueOrDefault(id));

    public ValueTask<IReadOnlyList<ApprovalRequest>> ListAsync(
        ApprovalState? state, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<ApprovalRequest>>(
            [.. _requests.Values.Where(request => state is null || request.State == state).Take(limit)]);
}

internal sealed class MemorySessionStore : ISessionStore
{
    private readonly ConcurrentDictionary<string, SessionSummary> _sessions = new();

    public ValueTask SaveAsync(SessionSummary session, CancellationToken cancellationToken)
    {
        _sessions[session.Id] = session;
        return ValueTask.CompletedTask;
    }

    public ValueTask<SessionSummary?> FindAsync(string id, CancellationToken cancellationToken) =>
        ValueTask.FromResult(_sessions.GetValueOrDefault(id));

    public ValueTask<IReadOnlyList<SessionSummary>> ListAsync(
        string? principal, bool onlyRunning, int limit, CancellationToken cancellationToken) =>
        ValueTask.FromResult<IReadOnlyList<SessionSummary>>(
        [
            .. _sessions.Values.Where(session =>
                (principal is null || session.Principal == principal) && (!onlyRunning || session.End is null))
                .Take(limit),
        ]);
}
