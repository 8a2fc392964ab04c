namespace Bastion.Followers.Shipping;

/// <summary>Where copies of the journal's records go. One of each kind's options a destination; names are
/// unique.</summary>
public abstract record DestinationOptions
{
    /// <summary>A–Z a–z 0–9 - _, at most 64: it names a directory, a metric's label and a line in the status.</summary>
    public required string Name { get; init; }

    /// <summary>Records sent together at most.</summary>
    public int MaximumRecords { get; init; } = 1000;

    /// <summary>In bytes as they are sent, before compression. One record alone may be larger.</summary>
    public long MaximumBytes { get; init; } = 5 * 1024 * 1024;

    /// <summary>What kind it is, as the configuration calls it.</summary>
    public abstract string Kind { get; }

    /// <summary>Where it goes, for people.</summary>
    public abstract string Place { get; }
}

/// <summary>An HTTP end with what it takes to be let in. Secrets are files that nobody else may read.</summary>
public sealed record HttpOutlet
{
    public required Uri Url { get; init; }

    /// <summary>Sent as `Authorization: ApiKey …`: the encoded form that Elasticsearch prints.</summary>
    public string? ApiKeyFile { get; init; }

    /// <summary>Sent as `Authorization: Bearer …`.</summary>
    public string? TokenFile { get; init; }

    public string? User { get; init; }

    public string? PasswordFile { get; init; }

    /// <summary>PEM. With it only certificates under these authorities are believed, and no others of the
    /// machine.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>One request, from asking to the last byte of the answer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);
}

public sealed record ElasticsearchOptions : DestinationOptions
{
    public required HttpOutlet Outlet { get; init; }

    /// <summary>The alias to read by; daily indices are named `ALIAS-YYYY.MM.DD`.</summary>
    public string Alias { get; init; } = "bastion-audit";

    /// <summary>Whether the gateway puts the index template there. Off where only administrators of the cluster
    /// may.</summary>
    public bool InstallTemplate { get; init; } = true;

    public override string Kind => "elasticsearch";

    public override string Place => Outlet.Url.ToString();
}

public sealed record OtlpOptions : DestinationOptions
{
    /// <summary>The collector; `/v1/logs` is added when the address has no path.</summary>
    public required HttpOutlet Outlet { get; init; }

    public override string Kind => "otlp";

    public override string Place => Outlet.Url.ToString();
}

public sealed record SyslogOptions : DestinationOptions
{
    public required string Host { get; init; }

    /// <summary>6514 is the port of RFC 5425.</summary>
    public int Port { get; init; } = 6514;

    /// <summary>PEM. With it only certificates under these authorities are believed.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>PEM of the gateway's own certificate, where the receiver asks for one.</summary>
    public string? CertificateFile { get; init; }

    public string? CertificateKeyFile { get; init; }

    /// <summary>In bytes. Longer messages are cut and say so; receivers must take 2,048 and should take 8,192 (RFC
    /// 5425, 4.3.1).</summary>
    public int MaximumMessage { get; init; } = 80 * 1024;

    public override string Kind => "syslog";

    public override string Place => $"{Host}:{Port}";
}

public sealed record LineFileOptions : DestinationOptions
{
    public required string Directory { get; init; }

    /// <summary>In bytes; a file that has reached it is followed by a new one.</summary>
    public long RotateAt { get; init; } = 64 * 1024 * 1024;

    public override string Kind => "file";

    public override string Place => Directory;
}
