using Bastion.Policy.Model;
using Bastion.Policy.Values;

namespace Bastion.Policy.Evaluation;

/// <summary>
/// Walls keep environments apart: no forward, jump, agent or copy from one side to the other, and no session that
/// stands on both sides. A destination is recognised by a target's name or host; one the policy does not know is left
/// to the grant, which must name it.
/// </summary>
internal static class Walls
{
    public static (Wall Wall, Target? Other)? Between(PolicyIndex index, Target target, PolicyRequest request)
    {
        foreach (Wall wall in index.Content.Walls)
        {
            if (OnTheOtherSide(index, wall, target, request) is { } other)
            {
                return (wall, other);
            }

            // An agent on a walled machine could log in anywhere its keys fit, on the other side too.
            if (request.Action == PolicyAction.Agent
                && wall.Between.Contains(target.Labels.GetValueOrDefault(wall.Label) ?? ""))
            {
                return (wall, null);
            }
        }

        return null;
    }

    private static Target? OnTheOtherSide(PolicyIndex index, Wall wall, Target target, PolicyRequest request)
    {
        for (int i = 0; i < request.Context.SessionTargets.Count; i++)
        {
            if (index.Content.Targets.TryGetValue(request.Context.SessionTargets[i], out Target? other)
                && wall.Separates(target, other))
            {
                return other;
            }
        }

        if (request.Destination is { } destination
            && Separated(index, wall, target, destination.Host) is { } forwardedTo)
        {
            return forwardedTo;
        }

        for (int i = 0; i < request.Effects.Count; i++)
        {
            IReadOnlyList<PolicyObject> objects = request.Effects[i].Objects;
            for (int j = 0; j < objects.Count; j++)
            {
                if (objects[j].Kind == "host" && Separated(index, wall, target, objects[j].Text) is { } named)
                {
                    return named;
                }
            }
        }

        return null;
    }

    private static Target? Separated(PolicyIndex index, Wall wall, Target target, string host)
    {
        // Seen from the target, loopback is the target itself.
        host = HostName.WithoutUserAndPort(host);
        if (HostName.IsLoopback(host))
        {
            return null;
        }

        foreach (Target other in index.TargetsAt(host))
        {
            if (wall.Separates(target, other))
            {
                return other;
            }
        }

        return null;
    }
}
