using System.Globalization;

namespace Bastion.Followers.Notifications;

/// <summary>
/// Tells people what happened, without flooding them: the same thing once in a while, and so many things in a while at
/// most. What was held back is counted in the next that goes out.
/// </summary>
internal sealed class Notices(Messenger messenger, TimeProvider time)
{
    private const int MaximumInAWhile = 30;
    private const int MaximumRemembered = 10_000;

    private static readonly TimeSpan While = TimeSpan.FromMinutes(10);

    private readonly Dictionary<string, DateTimeOffset> _said = new(StringComparer.Ordinal);
    private readonly Queue<DateTimeOffset> _sent = new();
    private long _heldBack;

    /// <param name="key">What makes two notices the same one.</param>
    /// <param name="names">Of the policy, or addresses.</param>
    public async Task SayAsync(
        string key, string subject, string text, IReadOnlyDictionary<string, string> facts, IEnumerable<string> names,
        CancellationToken cancellationToken)
    {
        if (!messenger.IsConfigured)
        {
            return;
        }

        DateTimeOffset now = time.GetUtcNow();
        Forget(now);
        if (_said.ContainsKey(key) || _sent.Count >= MaximumInAWhile || _said.Count >= MaximumRemembered)
        {
            _heldBack++;
            return;
        }

        _said[key] = now;
        _sent.Enqueue(now);
        string note = _heldBack == 0 ? "" : string.Create(CultureInfo.InvariantCulture,
            $"\n\n({_heldBack} more were held back since the last one; the journal has them all.)");
        _heldBack = 0;
        await messenger.SendAsync(new Message(Message.NewId(), MessageKind.Notice, subject, text + note, null, facts),
            names, cancellationToken);
    }

    private void Forget(DateTimeOffset now)
    {
        while (_sent.TryPeek(out DateTimeOffset oldest) && now - oldest >= While)
        {
            _sent.Dequeue();
        }

        foreach (string? key in _said.Where(said => now - said.Value >= While).Select(said => said.Key).ToList())
        {
            _said.Remove(key);
        }
    }
}
