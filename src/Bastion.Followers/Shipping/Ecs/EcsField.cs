namespace Bastion.Followers.Shipping.Ecs;

/// <summary>A field of the Elastic Common Schema that the gateway fills, with its type there.</summary>
internal sealed record EcsField(string Name, string Type)
{
    /// <summary>In characters. Longer values stay in the document and are not indexed.</summary>
    public const int IndexedCharacters = 1024;

    /// <summary>Everything the gateway sends outside its own `bastion.*`, by name. Documents and the index template are
    /// made from it.</summary>
    public static IReadOnlyList<EcsField> All { get; } =
    [
        new("@timestamp", "date"),
        new("destination.address", "keyword"),
        new("ecs.version", "keyword"),
        new("event.action", "keyword"),
        new("event.category", "keyword"),
        new("event.dataset", "keyword"),
        new("event.duration", "long"),
        new("event.hash", "keyword"),
        new("event.id", "keyword"),
        new("event.kind", "keyword"),
        new("event.module", "keyword"),
        new("event.original", "keyword"),
        new("event.outcome", "keyword"),
        new("event.provider", "keyword"),
        new("event.reason", "keyword"),
        new("event.risk_score", "float"),
        new("event.sequence", "long"),
        new("event.type", "keyword"),
        new("file.hash.sha256", "keyword"),
        new("file.path", "keyword"),
        new("file.size", "long"),
        new("file.target_path", "keyword"),
        new("message", "match_only_text"),
        new("network.protocol", "keyword"),
        new("observer.name", "keyword"),
        new("observer.product", "keyword"),
        new("observer.type", "keyword"),
        new("process.command_line", "wildcard"),
        new("process.exit_code", "long"),
        new("process.interactive", "boolean"),
        new("process.session_leader.entity_id", "keyword"),
        new("process.working_directory", "keyword"),
        new("related.hash", "keyword"),
        new("related.hosts", "keyword"),
        new("related.ip", "ip"),
        new("related.user", "keyword"),
        new("rule.id", "keyword"),
        new("rule.version", "keyword"),
        new("source.address", "keyword"),
        new("source.ip", "ip"),
        new("source.port", "long"),
        new("user.effective.name", "keyword"),
        new("user.name", "keyword"),
    ];
}
