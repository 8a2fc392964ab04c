using Bastion.Policy.Evaluation;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Checking;

/// <summary>Groups and roles nobody has, targets nobody reaches or that anybody could stand in for.</summary>
internal static class SubjectChecks
{
    public static void Run(PolicyIndex index, Reach reach, DiagnosticBag found)
    {
        PolicyContent content = index.Content;
        foreach (Group? group in content.Groups.Values.Where(g => reach.Members([g.Name]).Count == 0
            && !reach.IsOpen([g.Name])))
        {
            found.Warning(group.Location, "nobody", $"nobody is in group `{group.Name}`",
                "name `members`, or `claims` of the identity provider");
        }

        foreach (Role? role in content.Roles.Values.Where(r => r.Location.Line > 0 && reach.Members([r.Name]).Count == 0
            && !reach.IsOpen([r.Name])))
        {
            found.Warning(role.Location, "nobody", $"nobody holds role `{role.Name}`",
                "name people or groups under `held-by`, or take the role out");
        }

        var reached = index.Grants
            .Where(g => reach.PeopleOf[g.Grant.Name].Count > 0 || reach.IsOpen(g.Grant.Who))
            .SelectMany(g => reach.TargetsOf[g.Grant.Name])
            .Select(target => target.Name)
            .ToHashSet(StringComparer.Ordinal);
        foreach (Target target in content.Targets.Values)
        {
            if (!reached.Contains(target.Name))
            {
                found.Warning(target.Location, "unreachable-target", $"nobody can reach target `{target.Name}`",
                    "no grant that somebody has selects it");
            }

            if (target.HostKeys.Count == 0)
            {
                found.Warning(target.Location, "no-host-key", $"target `{target.Name}` has no pinned host key",
                    $"another machine could pose as it; add the lines `ssh-keyscan {target.Host}` prints, once you "
                        + "have compared them on the machine itself, under `host-keys`");
            }
        }
    }
}
