namespace Bastion.Followers.Archive;

/// <summary>How a store keeps anybody from deleting what was put there.</summary>
public enum ObjectLock
{
    /// <summary>Nobody can delete it before its time, the store's own administrators included.</summary>
    Compliance,

    /// <summary>Nobody can but those with a special right.</summary>
    Governance,

    /// <summary>The store does not, or by other means.</summary>
    None,
}

/// <summary>An S3-compatible store for journal and recordings.</summary>
public sealed record ArchiveOptions
{
    /// <summary>A–Z a–z 0–9 - _, at most 64.</summary>
    public required string Name { get; init; }

    public required string Bucket { get; init; }

    /// <summary>Null for AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    public string Region { get; init; } = "us-east-1";

    /// <summary>Two lines: access key, secret key. Null for what the machine has (instance role,
    /// environment).</summary>
    public string? CredentialsFile { get; init; }

    /// <summary>Before every name in the bucket; several gateways may share one.</summary>
    public string Prefix { get; init; } = "";

    public ObjectLock Lock { get; init; } = ObjectLock.Compliance;

    /// <summary>How long what is new may wait for company. Each round costs a few requests.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromMinutes(1);

    public override string ToString() => $"s3://{Bucket}/{Prefix}";
}
