using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Binds a target.</summary>
internal sealed class TargetBinder(DiagnosticBag found)
{
    /// <summary>Targets of the policy itself and of its inventories; a name stands for one machine.</summary>
    public IReadOnlyDictionary<string, Target> Targets(Declarations declared, IEnumerable<Target> fromInventories)
    {
        var targets = new Dictionary<string, Target>(StringComparer.Ordinal);
        foreach (Target target in declared.Sound("targets").Select(Bind).OfType<Target>())
        {
            targets.Add(target.Name, target);
        }

        foreach (Target target in fromInventories)
        {
            if (!targets.TryAdd(target.Name, target))
            {
                found.Error(target.Location, "duplicate-name",
                    $"target `{target.Name}` stands here a second time; the first is at "
                        + $"{targets[target.Name].Location}",
                        "rename one, or leave it out of the inventory with `only`");
            }
        }

        if (targets.Count > PolicyLimits.Names)
        {
            found.Error(targets.Values.Last().Location, "too-many",
                $"{targets.Count:N0} targets; a policy has at most {PolicyLimits.Names:N0}");
        }

        return targets;
    }

    public Target? Bind(Declared d)
    {
        IReadOnlyDictionary<string, string> accounts = Read.Table(d.Body, "accounts");
        if (DefaultAccount(d, accounts) is not { } account)
        {
            return null;
        }

        return new Target
        {
            Name = d.Name,
            Description = Read.Text(d.Body, "description"),
            Host = Read.Text(d.Body, "host")!,
            Port = Read.Number(d.Body, "port") ?? 22,
            Labels = Read.Table(d.Body, "labels"),
            HostKeys = [.. Read.Texts(d.Body, "host-keys").Select(PublicKeyText.WithoutComment)],
            Accounts = accounts,
            DefaultAccount = account,
            Location = d.Location,
        };
    }

    /// <summary>A target of an inventory that names no accounts takes those of the inventory.</summary>
    public static MapNode WithDefaults(MapNode target, MapNode inventory) =>
        target["accounts"] is not null
            ? target
            : target with
            {
                Entries = [.. target.Entries,
                    .. inventory.Entries.Where(e => e.Key.Value is "accounts" or "default-account")],
            };

    public string? DefaultAccount(Declared d, IReadOnlyDictionary<string, string> accounts)
    {
        if (accounts.Count == 0)
        {
            found.Error(d.Body["accounts"]!.Location, "no-account", $"`{d.Name}` has no account to log in with",
                "name one with its credential: `app: orders-db/app`");
            return null;
        }

        if (d.Body["default-account"] is not ScalarNode named)
        {
            if (accounts.Count == 1)
            {
                return accounts.Keys.First();
            }

            found.Error(d.Location, "missing-key",
                $"`{d.Name}` has {accounts.Count} accounts and needs `default-account`",
                $"name the one with the least rights: {string.Join(", ", accounts.Keys)}");
            return null;
        }

        if (accounts.ContainsKey(named.Value))
        {
            return named.Value;
        }

        found.Error(named.Location, "missing-name", $"{named.Describe()} is no account of `{d.Name}`",
            Suggestion.Help(named.Value, [.. accounts.Keys]));
        return null;
    }
}
