using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Binds targets, and what inventories add to them.</summary>
internal sealed class TargetBinder(Declarations declared, DiagnosticBag found)
{
    public IReadOnlyDictionary<string, Target> Targets()
    {
        var targets = new Dictionary<string, Target>(StringComparer.Ordinal);
        foreach (var entry in declared.Sound("targets"))
        {
            if (Target(entry) is { } target)
            {
                targets.Add(target.Name, target);
            }
        }

        return targets;
    }

    private Target? Target(Declared d)
    {
        var accounts = Read.Table(d.Body, "accounts");
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

    private string? DefaultAccount(Declared d, IReadOnlyDictionary<string, string> accounts)
    {
        if (accounts.Count == 0)
        {
            found.Error(d.Body["accounts"]!.Location, "no-account", $"target `{d.Name}` has no account to log in with", "name one with its credential: `app: orders-db/app`");
            return null;
        }

        if (d.Body["default-account"] is not ScalarNode named)
        {
            if (accounts.Count == 1)
            {
                return accounts.Keys.First();
            }

            found.Error(d.Location, "missing-key", $"target `{d.Name}` has {accounts.Count} accounts and needs `default-account`", $"name the one with the least rights: {string.Join(", ", accounts.Keys)}");
            return null;
        }

        if (accounts.ContainsKey(named.Value))
        {
            return named.Value;
        }

        found.Error(named.Location, "missing-name", $"{named.Describe()} is no account of target `{d.Name}`", Suggestion.Help(named.Value, [.. accounts.Keys]));
        return null;
    }
}
