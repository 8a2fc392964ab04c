using System.Numerics;
using Bastion.Policy.Model;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

/// <summary>How near a grant came to giving what was asked; the nearest one is named in a refusal.</summary>
internal enum Nearness
{
    /// <summary>No grant names this person and this target.</summary>
    Nothing,
    OtherAccount,
    OtherAction,
    OtherShell,
    OtherPath,
    OtherDestination,
    NotNow,
    WrongNetwork,
    WeakLogin,
    NoTicket,
    NoReason,

    /// <summary>A just-in-time grant: it must be asked for.</summary>
    OnRequest,
    Given,
}

/// <summary>Finds the grant a request rests on. Grants add up: the first that gives everything asked is
/// enough.</summary>
internal static class GrantSearch
{
    /// <summary>The best grant, and how near it is. Of equals the first by name, so that the answer never
    /// wanders.</summary>
    public static (LinkedGrant? Grant, Nearness Nearness) Best(PolicyIndex index, Identity identity, Target target,
        PolicyRequest request)
    {
        LinkedGrant? best = null;
        Nearness nearest = Nearness.Nothing;
        for (int word = 0; word < index.GrantWords; word++)
        {
            for (ulong bits = index.GrantBits(word, target, identity); bits != 0; bits &= bits - 1)
            {
                LinkedGrant grant = index.Grants[(word << 6) + BitOperations.TrailingZeroCount(bits)];
                Nearness nearness = Judge(grant.Grant, target, request);
                if (nearness > nearest || (nearness == nearest && IsSimpler(grant, best!)))
                {
                    (best, nearest) = (grant, nearness);
                    if (nearness == Nearness.Given)
                    {
                        return (best, nearest);
                    }
                }
            }
        }

        return (best, nearest);
    }

    // Of two that are equally near, the one that needs no asking is the better hint.
    private static bool IsSimpler(LinkedGrant one, LinkedGrant other) =>
        one.OnRequest is null && other.OnRequest is not null;

    public static Nearness Judge(Grant grant, Target target, PolicyRequest request)
    {
        if (!grant.TakesAccount(request.Account, target))
        {
            return Nearness.OtherAccount;
        }

        if (!grant.Allow.Gives(request.Action))
        {
            return Nearness.OtherAction;
        }

        Nearness details = Details(grant.Allow, request);
        if (details != Nearness.Given)
        {
            return details;
        }

        Nearness circumstances = Circumstances(grant.When, request.Context);
        return circumstances == Nearness.Given && grant.OnRequest is not null && !IsActive(grant, request.Context)
            ? Nearness.OnRequest
            : circumstances;
    }

    private static Nearness Details(Allowed allow, PolicyRequest request)
    {
        var names = new PatternNames(request.Principal.Name, request.Account);
        return request.Action switch
        {
            PolicyAction.Shell when request.Shell == ShellKind.None || request.Shell > allow.Shell =>
                Nearness.OtherShell,
            PolicyAction.SftpRead when !Covers(allow.Read, request.Paths, names) => Nearness.OtherPath,
            PolicyAction.SftpWrite when !Covers(allow.Write, request.Paths, names) => Nearness.OtherPath,
            PolicyAction.SftpDelete when !Covers(allow.Delete, request.Paths, names) => Nearness.OtherPath,
            PolicyAction.Forward when !Goes(allow.Forward, request.Destination) => Nearness.OtherDestination,
            PolicyAction.RemoteForward when !Goes(allow.RemoteForward, request.Destination) =>
                Nearness.OtherDestination,
            PolicyAction.Database when !Goes(allow.Database, request.Destination) => Nearness.OtherDestination,
            _ => Nearness.Given,
        };
    }

    /// <summary>No paths at all asks for opening the subsystem: any right will do, each packet is asked
    /// again.</summary>
    private static bool Covers(PathRights rights, IReadOnlyList<string> paths, PatternNames names)
    {
        for (int i = 0; i < paths.Count; i++)
        {
            if (!rights.Covers(paths[i], names))
            {
                return false;
            }
        }

        return true;
    }

    private static bool Goes(IReadOnlyList<DestinationPattern> patterns, ForwardDestination? destination)
    {
        if (destination is null)
        {
            return false;
        }

        for (int i = 0; i < patterns.Count; i++)
        {
            if (patterns[i].Matches(destination))
            {
                return true;
            }
        }

        return false;
    }

    private static Nearness Circumstances(Conditions when, PolicyContext context)
    {
        if (context.Time < when.From || context.Time >= when.Until || !Matching.InHours(when.Hours, context.Time))
        {
            return Nearness.NotNow;
        }

        if (when.Networks.Count > 0 && (context.Source is null || !Matching.InNetworks(when.Networks, context.Source)))
        {
            return Nearness.WrongNetwork;
        }

        if ((context.Login & when.Login) != when.Login)
        {
            return Nearness.WeakLogin;
        }

        if (when.Ticket && string.IsNullOrWhiteSpace(context.Ticket))
        {
            return Nearness.NoTicket;
        }

        return when.Reason && string.IsNullOrWhiteSpace(context.Reason) ? Nearness.NoReason : Nearness.Given;
    }

    private static bool IsActive(Grant grant, PolicyContext context)
    {
        for (int i = 0; i < context.ActiveGrants.Count; i++)
        {
            ActiveGrant active = context.ActiveGrants[i];
            if (active.Grant == grant.Name && context.Time < active.Until)
            {
                return true;
            }
        }

        return false;
    }
}
