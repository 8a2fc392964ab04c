using System.Collections.Frozen;

namespace Bastion.Control.Approvals;

/// <summary>
/// The whole life of a request in two tables: what moves it, and what comes too late and is ignored. A test checks that
/// every pair of state and event stands in exactly one of them.
/// </summary>
internal static class ApprovalMachine
{
    private static readonly FrozenDictionary<(ApprovalState, ApprovalEvent), ApprovalState> Transitions =
        new Dictionary<(ApprovalState, ApprovalEvent), ApprovalState>
        {
            [(ApprovalState.Pending, ApprovalEvent.Vote)] = ApprovalState.Pending,
            [(ApprovalState.Pending, ApprovalEvent.Quorum)] = ApprovalState.Approved,
            [(ApprovalState.Pending, ApprovalEvent.Refuse)] = ApprovalState.Denied,
            [(ApprovalState.Pending, ApprovalEvent.TimeOut)] = ApprovalState.Expired,
            [(ApprovalState.Pending, ApprovalEvent.Withdraw)] = ApprovalState.Withdrawn,
            [(ApprovalState.Pending, ApprovalEvent.Supersede)] = ApprovalState.Superseded,

            [(ApprovalState.Approved, ApprovalEvent.Consume)] = ApprovalState.Consumed,
            [(ApprovalState.Approved, ApprovalEvent.Refuse)] = ApprovalState.Denied,
            [(ApprovalState.Approved, ApprovalEvent.TimeOut)] = ApprovalState.Expired,
            [(ApprovalState.Approved, ApprovalEvent.Withdraw)] = ApprovalState.Withdrawn,
            [(ApprovalState.Approved, ApprovalEvent.Supersede)] = ApprovalState.Superseded,
        }.ToFrozenDictionary();

    /// <summary>Late or early, and without any effect: listed, not forgotten.</summary>
    private static readonly FrozenSet<(ApprovalState, ApprovalEvent)> Ignored =
        Finals().Concat(
        [
            (ApprovalState.Pending, ApprovalEvent.Consume),
            (ApprovalState.Approved, ApprovalEvent.Vote),
            (ApprovalState.Approved, ApprovalEvent.Quorum),
        ]).ToFrozenSet();

    public static bool IsFinal(ApprovalState state) => state is not (ApprovalState.Pending or ApprovalState.Approved);

    /// <summary>The next state, or null when the event comes too late (or too early) and changes nothing.</summary>
    public static ApprovalState? Next(ApprovalState state, ApprovalEvent happened)
    {
        if (Transitions.TryGetValue((state, happened), out ApprovalState next))
        {
            return next;
        }

        return Ignored.Contains((state, happened))
            ? null
            : throw new InvalidOperationException($"no transition is declared for {happened} in {state}");
    }

    private static IEnumerable<(ApprovalState, ApprovalEvent)> Finals() =>
        from state in Enum.GetValues<ApprovalState>()
        where IsFinal(state)
        from happened in Enum.GetValues<ApprovalEvent>()
        select (state, happened);
}
