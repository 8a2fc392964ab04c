namespace Bastion.Audit.Reports.Sections;

/// <summary>Where the gateway saw or recorded less than it should, and what was tried past it.</summary>
public sealed record DegradedSection
{
    public required long SealedParts { get; init; }

    public required long RecordedBytes { get; init; }

    /// <summary>Parts that a later start had to seal, since the gateway died while it wrote them.</summary>
    public required long RecoveredParts { get; init; }

    public required long InterruptedSessions { get; init; }

    public required long EvidenceFailures { get; init; }

    /// <summary>Sessions in which something ran at a terminal, or answered, and of which no part was ever
    /// sealed.</summary>
    public required long UnrecordedSessions { get; init; }

    public required IReadOnlyList<DegradedSession> Listed { get; init; }

    /// <summary>Decisions on what could not be read.</summary>
    public required long OpaqueActs { get; init; }

    /// <summary>Decisions on lines read off a screen.</summary>
    public required long ObservedActs { get; init; }

    public required IReadOnlyList<Counted> RefusedChannels { get; init; }

    public required IReadOnlyList<Counted> RefusedRequests { get; init; }

    /// <summary>Mean over sessions, in percent.</summary>
    public double? Coverage { get; init; }
}

/// <param name="Session">Its identifier.</param>
/// <param name="At">Its end.</param>
/// <param name="Person">Whose.</param>
/// <param name="Target">Where.</param>
/// <param name="What">`interrupted`, `evidence-failed`, `unrecorded` or `recovered`.</param>
public sealed record DegradedSession(string Session, DateTimeOffset At, string Person, string Target, string What);
