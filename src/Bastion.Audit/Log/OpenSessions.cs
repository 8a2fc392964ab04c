using System.Text.Json;
using Bastion.Audit.Records;

namespace Bastion.Audit;

/// <summary>Sessions with a start and no end, followed record by record.</summary>
internal sealed class OpenSessions
{
    // 64 characters each at most: half of what a record holds.
    private const int SessionsPerRecord = 500;

    private readonly SortedSet<string> _open = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> All => _open;

    public void Observe(AuditRecord record)
    {
        switch (record)
        {
            case SessionStarted { Session: { } started }: _open.Add(started); break;
            case SessionEnded { Session: { } ended }: _open.Remove(ended); break;
            case SessionInterrupted { Session: { } interrupted }: _open.Remove(interrupted); break;
        }
    }

    public void Observe(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "session.started" when entry.Session is { } started: _open.Add(started); break;
            case "session.ended" or "session.interrupted" when entry.Session is { } ended: _open.Remove(ended); break;
            case "journal.sessions-carried": _open.UnionWith(Carried(entry)); break;
        }
    }

    /// <summary>What a new segment begins with, so that the next start need not read older ones.</summary>
    public IEnumerable<SessionsCarried> ToRecords() =>
        _open.Chunk(SessionsPerRecord).Select(sessions => new SessionsCarried { Sessions = sessions });

    public static IEnumerable<string> Carried(JournalEntry entry) =>
        entry.Data().TryGetProperty("sessions", out JsonElement sessions) && sessions.ValueKind == JsonValueKind.Array
            ? sessions.EnumerateArray().Where(id => id.ValueKind == JsonValueKind.String).Select(id => id.GetString()!)
            : [];
}
