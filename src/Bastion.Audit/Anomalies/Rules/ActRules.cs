using System.Globalization;

namespace Bastion.Audit.Anomalies.Rules;

/// <summary>Many destructive acts of one person in a few minutes, approved ones included: the way a slow wipe looks
/// when it is fast.</summary>
internal sealed class DestructionSpeed : IAnomalyRule
{
    public const string Name = "destruction-speed";

    private const int Acts = 20;
    private const int MaximumPending = 16 * 1024;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(5);

    private static readonly HashSet<string> Destructive = new(StringComparer.Ordinal)
    {
        "file.delete", "file.overwrite", "disk.wipe", "disk.format", "volume.destroy", "backup.destroy",
        "database.drop", "database.truncate",
        "database.delete-all", "database.update-all", "container.destroy", "cluster.delete", "cloud.destroy",
        "repository.rewrite", "audit.tamper",
    };

    private readonly RecentActs _recent = new(Acts, Within);
    private readonly Dictionary<string, string> _pending = new(StringComparer.Ordinal);

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        switch (record.Kind)
        {
            case "command.decided" or "file.operation" when record.Person is { } person && IsDestructive(record):
                Decide(record, person, flag);
                break;
            case "approval.consumed" when record.Members.Text("request"u8) is { } request
                && _pending.Remove(request, out string? requester):
                Count(requester, record, flag);
                break;
            case "approval.denied" or "approval.expired" or "approval.withdrawn" or "approval.superseded":
                _pending.Remove(record.Members.Text("request"u8) ?? "");
                break;
        }
    }

    private void Decide(ObservedRecord record, string person, Action<Anomaly> flag)
    {
        if (record.Members.Is("verdict"u8, "permit"u8))
        {
            Count(person, record, flag);
        }
        else if (record.Members.Text("request"u8) is { } request && _pending.Count < MaximumPending)
        {
            _pending[request] = person;
        }
    }

    private void Count(string person, ObservedRecord record, Action<Anomaly> flag)
    {
        if (_recent.Add(person, record.At, record.Sequence) is { } acts)
        {
            flag(new Anomaly(
                Name, person, record.Target,
                string.Create(CultureInfo.InvariantCulture,
                    $"{acts.Count} destructive acts within {Within.TotalMinutes:0} minutes"), acts));
        }
    }

    private static bool IsDestructive(ObservedRecord record)
    {
        if (record.Kind == "file.operation")
        {
            return record.Members.Is("operation"u8, "remove"u8) || record.Members.Is("operation"u8, "rmdir"u8)
                || record.Members.Is("operation"u8, "open-truncate"u8);
        }

        bool found = false;
        record.Members.ForEachObject("effects"u8, effect => found |= effect.Text("kind"u8) is { } kind
            && Destructive.Contains(kind));
        return found;
    }
}

/// <summary>One person is stopped again and again: trying the fence, or fighting a rule that is wrong.</summary>
internal sealed class ManyDenials : IAnomalyRule
{
    public const string Name = "many-denials";

    private const int Denials = 10;

    private static readonly TimeSpan Within = TimeSpan.FromMinutes(10);

    private readonly RecentActs _recent = new(Denials, Within);

    public void Observe(ObservedRecord record, Action<Anomaly> flag)
    {
        bool denied = record.Kind switch
        {
            "command.decided" or "file.operation" => record.Members.Is("verdict"u8, "forbid"u8),
            "approval.denied" or "channel.refused" or "request.refused" => true,
            _ => false,
        };
        if (denied && record.Person is { } person && _recent.Add(person, record.At, record.Sequence) is { } acts)
        {
            flag(new Anomaly(
                Name, person, record.Target,
                string.Create(CultureInfo.InvariantCulture,
                    $"{acts.Count} refusals within {Within.TotalMinutes:0} minutes"), acts));
        }
    }
}
