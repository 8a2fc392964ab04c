using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>
/// One fact for the journal. The schema is closed: every kind is a type of this assembly, documented in FORMAT.md.
/// Sequence and time are given by the journal.
/// </summary>
public abstract record AuditRecord
{
    /// <summary>The record's kind as it stands in the journal, such as `login.failed`.</summary>
    public abstract string Kind { get; }

    /// <summary>The session it belongs to (see <see cref="Recordings.RecordingPath.IsSessionId"/>), or null for
    /// none.</summary>
    public string? Session { get; init; }

    /// <summary>Writes the members of `data` in ascending order of their names; the writer refuses any other
    /// order.</summary>
    internal abstract void WriteFields(RecordFields fields);
}
