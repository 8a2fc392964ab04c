namespace Bastion.Policy;

/// <summary>A machine behind the gateway.</summary>
public sealed record Target
{
    public required string Name { get; init; }

    public string? Description { get; init; }

    public required string Host { get; init; }

    public int Port { get; init; } = 22;

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>Pinned host keys, each `type base64`.</summary>
    public IReadOnlyList<string> HostKeys { get; init; } = [];

    /// <summary>Login on the target to the name of its credential in the vault.</summary>
    public required IReadOnlyDictionary<string, string> Accounts { get; init; }

    public required string DefaultAccount { get; init; }

    public required SourceLocation Location { get; init; }
}
