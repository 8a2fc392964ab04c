using System.Net;
using Bastion.Policy.Values;

namespace Bastion.Policy.Model;

/// <summary>Which targets: any of the name patterns, and every one of the labels.</summary>
internal sealed record TargetSelector(IReadOnlyList<string> Names,
    IReadOnlyList<KeyValuePair<string, IReadOnlyList<string>>> Labels)
{
    public static readonly TargetSelector All = new([], []);

    public bool Matches(Target target)
    {
        if (Names.Count > 0 && !Any(Names, target.Name))
        {
            return false;
        }

        for (int i = 0; i < Labels.Count; i++)
        {
            if (!target.Labels.TryGetValue(Labels[i].Key, out string? value) || !Any(Labels[i].Value, value))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Any(IReadOnlyList<string> patterns, string text)
    {
        for (int i = 0; i < patterns.Count; i++)
        {
            if (Glob.Matches(patterns[i], text))
            {
                return true;
            }
        }

        return false;
    }
}

/// <summary>Rights to paths of one kind: all of them, or what the patterns cover.</summary>
internal sealed record PathRights(bool Everywhere, IReadOnlyList<PathPattern> Patterns)
{
    public static readonly PathRights None = new(false, []);

    public bool Any => Everywhere || Patterns.Count > 0;

    public bool Covers(string path, PatternNames names)
    {
        if (Everywhere)
        {
            return true;
        }

        foreach (PathPattern pattern in Patterns)
        {
            if (pattern.SurelyCovers(path, names))
            {
                return true;
            }
        }

        return false;
    }
}

internal sealed record Allowed
{
    public bool Exec { get; init; }

    public ShellKind Shell { get; init; }

    public PathRights Read { get; init; } = PathRights.None;

    public PathRights Write { get; init; } = PathRights.None;

    public PathRights Delete { get; init; } = PathRights.None;

    public IReadOnlyList<DestinationPattern> Forward { get; init; } = [];

    public IReadOnlyList<DestinationPattern> RemoteForward { get; init; } = [];

    public IReadOnlyList<DestinationPattern> Database { get; init; } = [];

    public bool Agent { get; init; }

    public bool X11 { get; init; }

    public bool Gives(PolicyAction action) => action switch
    {
        PolicyAction.Connect => true,
        PolicyAction.Exec => Exec,
        PolicyAction.Shell => Shell != ShellKind.None,
        PolicyAction.SftpRead => Read.Any,
        PolicyAction.SftpWrite => Write.Any,
        PolicyAction.SftpDelete => Delete.Any,
        PolicyAction.Forward => Forward.Count > 0,
        PolicyAction.RemoteForward => RemoteForward.Count > 0,
        PolicyAction.Database => Database.Count > 0,
        PolicyAction.Agent => Agent,
        PolicyAction.X11 => X11,
        _ => false,
    };
}

/// <summary>Circumstances that must all hold.</summary>
internal sealed record Conditions
{
    public static readonly Conditions None = new();

    public IReadOnlyList<TimeWindow> Hours { get; init; } = [];

    public IReadOnlyList<IPNetwork> Networks { get; init; } = [];

    public LoginMethods Login { get; init; }

    public bool Reason { get; init; }

    public bool Ticket { get; init; }

    public DateTimeOffset? From { get; init; }

    public DateTimeOffset? Until { get; init; }
}

internal sealed record SessionSettings(int? Count, TimeSpan? Idle, TimeSpan? Length, IReadOnlyList<string>? Variables)
{
    public static readonly SessionSettings None = new(null, null, null, null);
}

/// <summary>What a rule asks of other people, as written.</summary>
internal sealed record RequirementTerms
{
    public required Tier Tier { get; init; }

    public required int Approvers { get; init; }

    /// <summary>Sorted, so that equal sets are equal lists.</summary>
    public required IReadOnlyList<string> From { get; init; }

    public required IReadOnlyList<string> NotFrom { get; init; }

    public required TimeSpan Within { get; init; }

    public bool Reason { get; init; }

    public bool Ticket { get; init; }

    public required Confirmation Confirm { get; init; }

    public required SourceLocation Location { get; init; }
}

/// <summary>Who may do what, where. A just-in-time one (<see cref="OnRequest"/>) sleeps until it is asked
/// for.</summary>
internal sealed record Grant
{
    public required string Name { get; init; }

    public required IReadOnlyList<string> Who { get; init; }

    public required TargetSelector Targets { get; init; }

    /// <summary>Account patterns; empty: the target's default account.</summary>
    public required IReadOnlyList<string> Accounts { get; init; }

    public required Allowed Allow { get; init; }

    public Conditions When { get; init; } = Conditions.None;

    public RequirementTerms? OnRequest { get; init; }

    /// <summary>How long it is in force once given.</summary>
    public TimeSpan OnRequestFor { get; init; }

    public SessionSettings Session { get; init; } = SessionSettings.None;

    public required SourceLocation Location { get; init; }

    public bool TakesAccount(string account, Target target)
    {
        if (Accounts.Count == 0)
        {
            return account == target.DefaultAccount;
        }

        foreach (string pattern in Accounts)
        {
            if (Glob.Matches(pattern, account))
            {
                return true;
            }
        }

        return false;
    }
}
