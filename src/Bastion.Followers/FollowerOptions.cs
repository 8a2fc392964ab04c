using Bastion.Followers.Archive;
using Bastion.Followers.Notifications;
using Bastion.Followers.Reports;
using Bastion.Followers.Retention;
using Bastion.Followers.Shipping;
using Bastion.Followers.Witnesses;

namespace Bastion.Followers;

/// <summary>Where the evidence lies, and what follows it.</summary>
public record FollowerOptions
{
    /// <summary>Where journal, recordings, database and keys lie. Made if missing; nobody else may read it.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>The name under which the journal signs: the origin of its checkpoints. Never changed later.</summary>
    public string JournalName { get; init; } = "bastion";

    /// <summary>Where copies of the journal's records go while the gateway runs.</summary>
    public IReadOnlyList<DestinationOptions> Shipping { get; init; } = [];

    /// <summary>Stores for journal and recordings.</summary>
    public IReadOnlyList<ArchiveOptions> Archives { get; init; } = [];

    public RetentionOptions Retention { get; init; } = new();

    /// <summary>Others who cosign the journal's checkpoints.</summary>
    public IReadOnlyList<WitnessOptions> Witnesses { get; init; } = [];

    public WitnessRefusalAct WitnessRefusal { get; init; }

    /// <summary>Mail and webhooks: where reports and notices go.</summary>
    public NotificationOptions Notifications { get; init; } = new();

    /// <summary>Reports that the gateway makes by the clock.</summary>
    public ReportOptions Reports { get; init; } = new();
}
