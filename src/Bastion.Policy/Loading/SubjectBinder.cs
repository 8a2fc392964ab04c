using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Binds people, groups and roles, and checks that they name each other rightly.</summary>
internal sealed class SubjectBinder(Declarations declared, DiagnosticBag found)
{
    public IReadOnlyDictionary<string, Person> People()
    {
        var people = declared.Sound("people").ToDictionary(d => d.Name, Person, StringComparer.Ordinal);
        RefuseSharedIdentities(people);
        return people;
    }

    public IReadOnlyDictionary<string, Group> Groups()
    {
        var groups = declared.Sound("groups").ToDictionary(d => d.Name, Group, StringComparer.Ordinal);
        RefuseCircles(groups);
        return groups;
    }

    public IReadOnlyDictionary<string, Role> Roles()
    {
        var roles = new Dictionary<string, Role>(StringComparer.Ordinal);
        foreach (Declared role in declared.Sound("roles"))
        {
            roles.Add(role.Name, Role(role));
        }

        foreach ((string? name, Duties duty) in BuiltInRoles.Duties)
        {
            // A role nobody was given is known all the same, so that `who: audit-administration` is no mistake.
            if (!roles.ContainsKey(name))
            {
                roles.Add(name, new Role
                {
                    Name = name,
                    Duty = duty,
                    Console = BuiltInRoles.ConsoleOf(duty),
                    Location = new SourceLocation("(built in)", 0, 0),
                });
            }
        }

        return roles;
    }

    private static Person Person(Declared d) => new()
    {
        Name = d.Name,
        FullName = Read.Text(d.Body, "full-name"),
        Keys = Read.Texts(d.Body, "keys"),
        CertificatePrincipals = Read.Texts(d.Body, "certificate-principals"),
        Totp = Read.Flag(d.Body, "totp"),
        Active = Read.Flag(d.Body, "active", otherwise: true),
        Location = d.Location,
    };

    private Group Group(Declared d)
    {
        Check(d.Body["members"], "member", ["people", "groups"]);
        return new Group
        {
            Name = d.Name,
            Description = Read.Text(d.Body, "description"),
            Members = Read.Texts(d.Body, "members"),
            Claims = d.Body["claims"] is MapNode claims
                ? [.. claims.Entries.SelectMany(e => Read.Texts(e.Value)
                .Select(value => KeyValuePair.Create(e.Key.Value, value)))]
                : [],
            CertificatePrincipals = Read.Texts(d.Body, "certificate-principals"),
            Location = d.Location,
        };
    }

    private Role Role(Declared d)
    {
        Check(d.Body["held-by"], "holder", ["people", "groups"]);
        Duties duty = BuiltInRoles.Duties.GetValueOrDefault(d.Name);
        if (duty != Policy.Duties.None && d.Body["console"] is { } console)
        {
            found.Error(console.Location, "built-in-role", $"what `{d.Name}` may do in the console is built in",
                "leave `console` out, or make a role of your own");
        }

        return new Role
        {
            Name = d.Name,
            Description = Read.Text(d.Body, "description"),
            HeldBy = Read.Texts(d.Body, "held-by"),
            Totp = Read.Flag(d.Body, "totp"),
            Duty = duty,
            Console = duty != Policy.Duties.None ? BuiltInRoles.ConsoleOf(duty) : Read.Console(d.Body),
            Location = d.Location,
        };
    }

    private void Check(Node? names, string what, string[] sections)
    {
        foreach (ScalarNode name in Scalars(names))
        {
            if (sections.Any(section => declared[section].ContainsKey(name.Value)))
            {
                continue;
            }

            bool isRole = declared["roles"].ContainsKey(name.Value) || BuiltInRoles.Duties.ContainsKey(name.Value);
            found.Error(
                name.Location, "missing-name",
                isRole
                    ? $"{name.Describe()} is a role; a {what} is a person or a group"
                    : $"{what} {name.Describe()} is neither a person nor a group of this policy",
                isRole ? null : Suggestion.Help(name.Value, [.. sections.SelectMany(s => declared[s].Keys)]));
        }
    }

    internal static IEnumerable<ScalarNode> Scalars(Node? node) => node switch
    {
        ListNode list => list.Items.OfType<ScalarNode>(),
        ScalarNode one => [one],
        _ => [],
    };

    private void RefuseSharedIdentities(Dictionary<string, Person> people)
    {
        var keys = new Dictionary<string, string>(StringComparer.Ordinal);
        var principals = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Declared entry in declared.Sound("people"))
        {
            foreach (ScalarNode key in Scalars(entry.Body["keys"]))
            {
                OneOwner(keys, PublicKeyText.WithoutComment(key.Value), entry.Name, key.Location, "this key");
            }

            foreach (ScalarNode principal in Scalars(entry.Body["certificate-principals"]))
            {
                OneOwner(principals, principal.Value, entry.Name, principal.Location,
                    $"certificate principal {principal.Describe()}");
            }
        }

        void OneOwner(Dictionary<string, string> owners, string identity, string person, SourceLocation at, string what)
        {
            if (!owners.TryAdd(identity, person))
            {
                found.Error(at, "shared-identity",
                    $"{what} belongs to `{owners[identity]}` already; one login is one person",
                    people[owners[identity]].Location.ToString());
            }
        }
    }

    private void RefuseCircles(Dictionary<string, Group> groups)
    {
        // Colours of a depth-first walk: absent, on the way (false), done (true). Iterative: a chain can be long.
        var done = new Dictionary<string, bool>(StringComparer.Ordinal);
        foreach (Group start in groups.Values)
        {
            var way = new Stack<(Group Group, int Next)>();
            if (done.TryAdd(start.Name, false))
            {
                way.Push((start, 0));
            }

            while (way.TryPop(out (Group Group, int Next) step))
            {
                if (step.Next == step.Group.Members.Count)
                {
                    done[step.Group.Name] = true;
                    continue;
                }

                way.Push((step.Group, step.Next + 1));
                if (!groups.TryGetValue(step.Group.Members[step.Next], out Group? member))
                {
                    continue;
                }

                if (done.TryAdd(member.Name, false))
                {
                    way.Push((member, 0));
                }
                else if (!done[member.Name])
                {
                    found.Error(step.Group.Location, "circle",
                        $"group `{step.Group.Name}` has `{member.Name}` as a member, which leads back to "
                            + $"`{step.Group.Name}`", "take one of the two out of the other");
                }
            }
        }
    }
}
