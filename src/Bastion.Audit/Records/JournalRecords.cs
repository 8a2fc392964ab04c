using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>The first record of every opening.</summary>
public sealed record JournalOpened : AuditRecord
{
    public override string Kind => "journal.opened";

    /// <summary>The public key that signs from here on, in the note verifier form `name+id+key`.</summary>
    public required string VerifierKey { get; init; }

    /// <summary>The journal was closed in order before this opening, or is new.</summary>
    public required bool CleanBefore { get; init; }

    /// <summary>When the last record before was written: from then on until this one nothing was recorded.</summary>
    public DateTimeOffset? PreviousAt { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Flag("cleanBefore", CleanBefore);
        if (PreviousAt is { } previous)
        {
            fields.Time("previousAt", previous);
        }

        fields.Token("verifierKey", VerifierKey);
    }
}

/// <summary>The tail held bytes that were never acknowledged; they were cut off.</summary>
public sealed record JournalRepaired : AuditRecord
{
    public override string Kind => "journal.repaired";

    public required string Segment { get; init; }

    /// <summary>Where the segment was cut.</summary>
    public required long Offset { get; init; }

    public required long RemovedBytes { get; init; }

    /// <summary>SHA-256 of the bytes cut off, hexadecimal.</summary>
    public required string RemovedSha256 { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("offset", Offset);
        fields.Number("removedBytes", RemovedBytes);
        fields.Token("removedSha256", RemovedSha256);
        fields.Token("segment", Segment);
    }
}

/// <summary>The first record of every segment but the first: the tree before it, and the sessions open at that
/// point.</summary>
public sealed record JournalContinued : AuditRecord
{
    public override string Kind => "journal.continued";

    /// <summary>Hashes of the perfect subtrees that make up the tree so far, largest first, base64.</summary>
    public required IReadOnlyList<string> Frontier { get; init; }

    public required string RootHash { get; init; }

    /// <summary>The key in force.</summary>
    public required string VerifierKey { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Tokens("frontier", Frontier);
        fields.Token("rootHash", RootHash);
        fields.Token("verifierKey", VerifierKey);
    }
}

/// <summary>Follows <see cref="JournalContinued"/>: sessions that were open then, a bounded number in each
/// record.</summary>
public sealed record SessionsCarried : AuditRecord
{
    public override string Kind => "journal.sessions-carried";

    public required IReadOnlyList<string> Sessions { get; init; }

    internal override void WriteFields(RecordFields fields) => fields.Tokens("sessions", Sessions);
}

/// <summary>The last record of an orderly close.</summary>
public sealed record JournalClosed : AuditRecord
{
    public override string Kind => "journal.closed";

    internal override void WriteFields(RecordFields fields)
    {
    }
}

/// <summary>Checkpoints that cover this record and those after it are signed by another key, for which the old one
/// vouches here.</summary>
public sealed record JournalKeyRotated : AuditRecord
{
    public override string Kind => "journal.key-rotated";

    public required string OldVerifierKey { get; init; }

    public required string NewVerifierKey { get; init; }

    /// <summary>The old key's Ed25519 signature over the rotation statement (see FORMAT.md), base64.</summary>
    public required string Signature { get; init; }

    public PeerText? By { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Token("newVerifierKey", NewVerifierKey);
        fields.Token("oldVerifierKey", OldVerifierKey);
        fields.Token("signature", Signature);
    }
}

/// <summary>A part of a recording is complete: nobody can change it from here on without being found out.</summary>
public sealed record RecordingSealed : AuditRecord
{
    public override string Kind => "recording.sealed";

    public required int Channel { get; init; }

    /// <summary>1, 2, … without gaps.</summary>
    public required int Part { get; init; }

    /// <summary>Path below the recordings directory, with `/`.</summary>
    public required string File { get; init; }

    public required long Length { get; init; }

    /// <summary>SHA-256 of the file, hexadecimal.</summary>
    public required string Sha256 { get; init; }

    /// <summary>SHA-256 of the file with the session's wrapped key, hexadecimal; null when a crash left none.</summary>
    public string? KeySha256 { get; init; }

    /// <summary>`asciicast+zstd+aes-256-gcm`.</summary>
    public required string Format { get; init; }

    /// <summary>No part follows on this channel.</summary>
    public required bool Last { get; init; }

    /// <summary>Sealed at a later start, because the process died while it was written.</summary>
    public bool Recovered { get; init; }

    public long? Events { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Number("channel", Channel);
        fields.Number("events", Events);
        fields.Token("file", File);
        fields.Token("format", Format);
        fields.Token("keySha256", KeySha256);
        fields.Flag("last", Last);
        fields.Number("length", Length);
        fields.Number("part", Part);
        fields.Flag("recovered", Recovered);
        fields.Token("sha256", Sha256);
    }
}

/// <summary>
/// The key of a session's recordings is destroyed, now that their time is over: they cannot be read any more, by
/// anyone.
/// Written before it is done.
/// </summary>
public sealed record RecordingShredded : AuditRecord
{
    public override string Kind => "recording.shredded";

    public required PeerText By { get; init; }

    public required PeerText Reason { get; init; }

    /// <summary>SHA-256 of the key's file, hexadecimal.</summary>
    public required string KeySha256 { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("by", By);
        fields.Token("keySha256", KeySha256);
        fields.Text("reason", Reason);
    }
}
