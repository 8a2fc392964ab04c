using System.Diagnostics.CodeAnalysis;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Sessions;

namespace Bastion.Control.Gating;

/// <summary>
/// The proof that the gate let one intent of one session through, and the only way to its bytes: the relay sends on a
/// gated channel what <see cref="TryTake"/> hands out, so what was judged is what runs, once. Only the gate makes one.
/// </summary>
public sealed class Release
{
    private readonly Session _session;
    private readonly Intent _intent;
    private int _taken;

    internal Release(Session session, Intent intent, string? requestId)
    {
        _session = session;
        _intent = intent;
        RequestId = requestId;
    }

    public IntentDigest Digest => _intent.Digest;

    /// <summary>The approval it rests on; null when policy permitted the intent by itself.</summary>
    public string? RequestId { get; }

    /// <summary>
    /// Hands out the intent to the session it was released for. True exactly once, whoever asks and however many ask at
    /// the same time; never after the session has ended, and never as another kind than what was judged.
    /// </summary>
    public bool TryTake<TIntent>(Session session, [NotNullWhen(true)] out TIntent? intent)
        where TIntent : Intent
    {
        intent = null;
        if (_intent is not TIntent judged
            || !ReferenceEquals(session, _session)
            || session.Ended.IsCancellationRequested
            || Interlocked.Exchange(ref _taken, 1) != 0)
        {
            return false;
        }

        intent = judged;
        return true;
    }
}
