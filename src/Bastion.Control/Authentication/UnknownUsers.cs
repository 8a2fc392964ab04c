using System.Collections.Concurrent;

namespace Bastion.Control.Authentication;

/// <summary>Tries on names that nobody has: kept for as long as memory lasts, so that they meet the same
/// pauses.</summary>
internal sealed class UnknownUsers
{
    /// <summary>Names come from anybody: at this many all are forgotten, which costs an attacker's own bookkeeping
    /// only.</summary>
    private const int Capacity = 10_000;

    private readonly ConcurrentDictionary<string, UserSecret> _tried = new(StringComparer.Ordinal);

    public UserSecret Find(string user)
    {
        if (_tried.Count >= Capacity)
        {
            _tried.Clear();
        }

        return _tried.GetOrAdd(user, static name => new UserSecret { User = name });
    }

    public bool TryUpdate(UserSecret changed, UserSecret seen) => _tried.TryUpdate(changed.User, changed, seen);
}
