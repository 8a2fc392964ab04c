using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Bastion.Storage;

namespace Bastion.Followers.Notifications;

/// <summary>What waits to be sent, kept so that a stop loses none of it: a row goes when it has arrived or is given
/// up.</summary>
internal sealed class Outbox(Database database, TimeProvider time)
{
    /// <summary>A flood of notices to a dead server ends here; reports come a few a day.</summary>
    public const int MaximumWaiting = 5000;

    private const int Batch = 16;

    private const int IdentifierBytes = 12;

    /// <summary>Told when something new waits, so that nobody has to wait for the clock.</summary>
    public event Action? Arrived;

    /// <summary>False when too much waits already: the message is not taken.</summary>
    public async Task<bool> AddAsync(Message message, string channel, string recipient,
        CancellationToken cancellationToken)
    {
        if (Waiting() >= MaximumWaiting)
        {
            return false;
        }

        await database.WriteAsync(
            "INSERT INTO deliveries (id, channel, recipient, message, created, due, tries) VALUES ($id, $channel, "
                + "$recipient, $message, $now, $now, 0)",
            cancellationToken,
            ("$id", RandomNumberGenerator.GetHexString(2 * IdentifierBytes, lowercase: true)), ("$channel", channel),
            ("$recipient", recipient),
            ("$message", JsonSerializer.Serialize(message)), ("$now", Now()));
        Arrived?.Invoke();
        return true;
    }

    public int Waiting() =>
        database.Read("SELECT count(*) FROM deliveries", rows => rows.Read() ? rows.GetInt32(0) : 0);

    public IReadOnlyList<Delivery> Due() => database.Read(
        "SELECT id, channel, recipient, message, tries FROM deliveries WHERE due <= $now ORDER BY due LIMIT "
            + Batch.ToString(CultureInfo.InvariantCulture),
        rows =>
        {
            var due = new List<Delivery>();
            while (rows.Read())
            {
                due.Add(new Delivery(
                    rows.GetString(0), rows.GetString(1), rows.GetString(2),
                    JsonSerializer.Deserialize<Message>(rows.GetString(3))!, rows.GetInt32(4)));
            }

            return due;
        },
        ("$now", Now()));

    public async Task PostponeAsync(Delivery delivery, TimeSpan by, CancellationToken cancellationToken) =>
        await database.WriteAsync(
        "UPDATE deliveries SET tries = tries + 1, due = $due WHERE id = $id", cancellationToken,
        ("$id", delivery.Id), ("$due", Now() + (long)by.TotalMilliseconds));

    public async Task RemoveAsync(Delivery delivery, CancellationToken cancellationToken) => await database.WriteAsync(
        "DELETE FROM deliveries WHERE id = $id", cancellationToken, ("$id", delivery.Id));

    private long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
