namespace Bastion.Storage;

/// <summary>How far those who follow the journal have come, by name: all that one needs to lose nothing over a
/// stop.</summary>
internal sealed class JournalCursors(Database database)
{
    /// <summary>The first record not handled; null for one who has never followed.</summary>
    public long? Next(string name) => database.Read<long?>(
        "SELECT next FROM journal_cursors WHERE name = $name", rows => rows.Read()
            ? rows.GetInt64(0)
            : null, ("$name", name));

    public async Task SetAsync(string name, long next, CancellationToken cancellationToken) =>
        await database.WriteAsync(
        "INSERT INTO journal_cursors (name, next) VALUES ($name, $next) ON CONFLICT (name) DO UPDATE SET next = "
            + "excluded.next",
        cancellationToken, ("$name", name), ("$next", next));
}
