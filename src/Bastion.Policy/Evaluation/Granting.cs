using System.Numerics;
using Bastion.Policy.Model;

namespace Bastion.Policy.Evaluation;

/// <summary>What grants give a person, for the menu and for opening a session.</summary>
internal static class Granting
{
    private static readonly TimeSpan Forever = TimeSpan.MaxValue;

    public static IReadOnlyList<VisibleTarget> Visible(PolicyIndex index, Identity identity)
    {
        if (identity.IsGone)
        {
            return [];
        }

        var visible = new List<VisibleTarget>();
        foreach (Target? target in index.Content.Targets.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            IReadOnlyList<string> accounts = AccountsOn(index, identity, target);
            if (accounts.Count > 0)
            {
                visible.Add(new VisibleTarget(target.Name, target.Description, target.Labels, accounts,
                    PreferredAccount(target, accounts)));
            }
        }

        return visible;
    }

    /// <summary>Accounts some grant gives on this target, sorted, whatever the hour.</summary>
    public static IReadOnlyList<string> AccountsOn(PolicyIndex index, Identity identity, Target target)
    {
        var accounts = new SortedSet<string>(StringComparer.Ordinal);
        foreach (Grant grant in On(index, identity, target))
        {
            accounts.UnionWith(target.Accounts.Keys.Where(account => grant.TakesAccount(account, target)));
        }

        return [.. accounts];
    }

    public static Access Access(PolicyIndex index, PolicyPrincipal principal, string name, string? account,
        PolicyContext context)
    {
        Identity identity = index.Identify(principal);
        Target? target = index.Content.Targets.GetValueOrDefault(name);
        IReadOnlyList<string> accounts = target is null || identity.IsGone ? [] : AccountsOn(index, identity, target);
        account ??= accounts.Count > 0 ? PreferredAccount(target!, accounts) : target?.DefaultAccount ?? "";
        var request = new PolicyRequest
        {
            Principal = principal,
            Target = name,
            Account = account,
            Action = PolicyAction.Connect,
            Context = context,
        };
        Decision decision = Authorizer.Decide(index, request);
        if (decision.Outcome == Outcome.Forbid || target is null)
        {
            return new Access { Decision = decision };
        }

        var given = On(index, identity, target)
            .Where(grant => GrantSearch.Judge(grant, target, request) is Nearness.Given or Nearness.OnRequest)
            .ToList();
        SessionLimits limits = Widest(given, index.Content.Sessions);
        if (limits.Count is { } most && context.OpenSessions >= most)
        {
            return new Access { Decision = Refusals.TooManySessions(index, decision, most) };
        }

        return new Access
        {
            Decision = decision,
            Connection = new TargetConnection
            {
                Target = target.Name,
                Host = target.Host,
                Port = target.Port,
                HostKeys = target.HostKeys,
                Account = account,
                Credential = target.Accounts[account],
            },
            Shell = given.Max(g => g.Allow.Shell),
            Actions = Enum.GetValues<PolicyAction>().Where(action => given.Any(g => g.Allow.Gives(action))).ToHashSet(),
            Limits = limits,
            EnvironmentVariables = [.. given.SelectMany(g => g.Session.Variables ?? index.Content.Sessions.Variables
                ?? []).Distinct().Order(StringComparer.Ordinal)],
        };
    }

    private static string PreferredAccount(Target target, IReadOnlyList<string> accounts) =>
        accounts.Contains(target.DefaultAccount) ? target.DefaultAccount : accounts[0];

    private static IEnumerable<Grant> On(PolicyIndex index, Identity identity, Target target)
    {
        for (int word = 0; word < index.GrantWords; word++)
        {
            for (ulong bits = index.GrantBits(word, target, identity); bits != 0; bits &= bits - 1)
            {
                yield return index.Grants[(word << 6) + BitOperations.TrailingZeroCount(bits)].Grant;
            }
        }
    }

    // Grants add up, in limits too: the widest holds. A grant that says nothing takes the policy's `sessions`.
    private static SessionLimits Widest(List<Grant> given, SessionSettings defaults)
    {
        int count = given.Max(g => g.Session.Count ?? defaults.Count ?? int.MaxValue);
        TimeSpan idle = given.Max(g => g.Session.Idle ?? defaults.Idle ?? Forever);
        TimeSpan length = given.Max(g => g.Session.Length ?? defaults.Length ?? Forever);
        return new SessionLimits(count == int.MaxValue ? null : count, idle == Forever ? null : idle, length == Forever
            ? null
            : length);
    }
}
