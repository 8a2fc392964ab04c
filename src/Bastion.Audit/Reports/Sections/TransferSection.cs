namespace Bastion.Audit.Reports.Sections;

public sealed record TransferSection
{
    public required long ToTarget { get; init; }

    public required long FromTarget { get; init; }

    public required long BytesToTarget { get; init; }

    public required long BytesFromTarget { get; init; }

    public required long Incomplete { get; init; }

    /// <summary>Moved in pieces or out of order: no digest of the whole is known.</summary>
    public required long WithoutDigest { get; init; }

    public required IReadOnlyList<Transfer> Largest { get; init; }

    /// <summary>Files removed, renamed or changed by SFTP or scp, by operation.</summary>
    public required IReadOnlyList<Counted> FileOperations { get; init; }

    public required long Forwards { get; init; }

    public required IReadOnlyList<Counted> ForwardDestinations { get; init; }

    public required long OpaqueChannels { get; init; }

    public required long OpaqueSessionCount { get; init; }

    /// <summary>Those the gateway understood least.</summary>
    public required IReadOnlyList<OpaqueSession> OpaqueSessions { get; init; }
}

public sealed record Transfer(
    long Record, DateTimeOffset At, string? Person, string? Target, string Path, bool ToTarget, long Bytes,
    string? Sha256, bool Complete);

/// <param name="Session">Its identifier.</param>
/// <param name="At">Its end.</param>
/// <param name="Person">Whose.</param>
/// <param name="Target">Where.</param>
/// <param name="Coverage">Share of what was run that was understood, in percent.</param>
public sealed record OpaqueSession(string Session, DateTimeOffset At, string Person, string Target, long Coverage);
