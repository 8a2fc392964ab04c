using System.Globalization;
using Bastion.Audit;
using Bastion.Audit.Recordings;
using Bastion.Followers.Archive;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Retention;

/// <summary>
/// What may be deleted and what may not, by the journal alone: holds and ends of sessions stand there, and whoever
/// would remove a hold has to break the log. Reads on where it stopped; safe for several callers.
/// </summary>
internal sealed class RetentionLedger(JournalFeed feed, RetentionOptions options, TimeProvider time)
    : IRecordingRetention, IDisposable
{
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, Facts> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DateTimeOffset> _shredded = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, LegalHold> _holds = new(StringComparer.Ordinal);
    private readonly List<LegalHold> _lifted = [];
    private JournalCursor? _cursor;

    /// <summary>The holds in force, by their names.</summary>
    public Task<IReadOnlyList<LegalHold>> HoldsAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<LegalHold>>(() => [.. _holds.Values], cancellationToken);

    /// <summary>Sessions whose recordings' time is over and that nothing holds.</summary>
    public Task<IReadOnlyList<string>> DueAsync(CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<string>>(
            () => [.. _sessions.Where(session => session.Value.IsRecorded && WhyKeep(session.Key) is null)
                .Select(session => session.Key).Order(StringComparer.Ordinal)],
            cancellationToken);

    /// <summary>Sessions whose key was destroyed at this time or later.</summary>
    public Task<IReadOnlyList<string>> ShreddedSinceAsync(DateTimeOffset since, CancellationToken cancellationToken) =>
        ReadAsync<IReadOnlyList<string>>(
            () => [.. _shredded.Where(session => session.Value >= since).Select(session => session.Key)
                .Order(StringComparer.Ordinal)], cancellationToken);

    /// <summary>Recorded sessions that holds cover, or covered once.</summary>
    public Task<HoldCoverage> CoverageAsync(CancellationToken cancellationToken) => ReadAsync(
        () =>
        {
            HashSet<string> held = CoveredBy(_holds.Values);
            return new HoldCoverage(held, CoveredBy(_lifted).Except(held).ToHashSet(StringComparer.Ordinal));
        },
        cancellationToken);

    public async ValueTask<string?> WhyKeepAsync(string session, CancellationToken cancellationToken) =>
        await ReadAsync(() => WhyKeep(session), cancellationToken);

    public void Dispose()
    {
        _cursor?.Dispose();
        _turn.Dispose();
    }

    private HashSet<string> CoveredBy(IReadOnlyCollection<LegalHold> holds) => holds.Count == 0
        ? []
        :
        [
            .. _sessions.Where(session => session.Value.IsRecorded
                && holds.Any(hold => hold.Covers(session.Key, session.Value.User, session.Value.Target)))
                .Select(session => session.Key),
        ];

    private string? WhyKeep(string session)
    {
        if (_shredded.ContainsKey(session))
        {
            return null;
        }

        if (!_sessions.TryGetValue(session, out Facts? facts))
        {
            return "the journal does not know this session";
        }

        if (!facts.HasEnded)
        {
            return "the session has not ended";
        }

        if (_holds.Values.FirstOrDefault(hold => hold.Covers(session, facts.User, facts.Target)) is { } hold)
        {
            return $"legal hold {hold.Id}, placed by {hold.By}: {hold.Reason}";
        }

        DateTimeOffset until = facts.LastAt + options.Time;
        return time.GetUtcNow() < until
            ? string.Create(CultureInfo.InvariantCulture,
            $"recordings are kept for {options.Days} days, these until {until.UtcDateTime:yyyy-MM-dd}")
            : null;
    }

    private async Task<T> ReadAsync<T>(Func<T> read, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            // A journal of years is some seconds of reading, the first time.
            await Task.Run(() => CatchUp(cancellationToken), cancellationToken);
            return read();
        }
        finally
        {
            _turn.Release();
        }
    }

    private void CatchUp(CancellationToken cancellationToken)
    {
        _cursor ??= feed.From(0);
        long size = feed.DurableSize();
        while (_cursor.TryRead(size) is { } entry)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Observe(entry);
        }
    }

    private void Observe(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "session.started" when entry.Session is { } started:
                _sessions[started] = new Facts
                {
                    User = entry.Text("user"),
                    Target = entry.Text("target"),
                    LastAt = entry.At,
                };
                break;
            case "recording.sealed" when entry.Session is { } recorded:
                Facts facts = FactsOf(recorded);
                (facts.IsRecorded, facts.LastAt) = (true, entry.At);
                break;
            case "session.ended" or "session.interrupted" when entry.Session is { } ended:
                End(ended, entry.At);
                break;
            case "recording.shredded" when entry.Session is { } shredded:
                _sessions.Remove(shredded);
                _shredded[shredded] = entry.At;
                break;
            case "hold.placed" when entry.Text("hold") is { } placed:
                _holds[placed] = new LegalHold(
                    placed, entry.At, entry.Text("by") ?? "", entry.Text("reason") ?? "", entry.Text("heldSession"),
                    entry.Text("user"),
                    entry.Text("target"), entry.Text("everything") == "true");
                break;
            case "hold.lifted" when entry.Text("hold") is { } lifted:
                if (_holds.Remove(lifted, out LegalHold? over))
                {
                    _lifted.Add(over);
                }

                break;
        }
    }

    private void End(string session, DateTimeOffset at)
    {
        Facts facts = FactsOf(session);
        (facts.HasEnded, facts.LastAt) = (true, at);
        if (!facts.IsRecorded)
        {
            // Nothing of it will ever be deleted: it need not be remembered. (What seals later makes it known again.)
            _sessions.Remove(session);
        }
    }

    private Facts FactsOf(string session)
    {
        if (!_sessions.TryGetValue(session, out Facts? facts))
        {
            _sessions[session] = facts = new Facts();
        }

        return facts;
    }

    private sealed class Facts
    {
        public string? User { get; init; }

        public string? Target { get; init; }

        public DateTimeOffset LastAt { get; set; }

        public bool IsRecorded { get; set; }

        public bool HasEnded { get; set; }
    }
}
