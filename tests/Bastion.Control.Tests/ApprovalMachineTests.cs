using Bastion.Control.Approvals;

namespace Bastion.Control.Tests;

public sealed class ApprovalMachineTests
{
    [Fact]
    public void Every_event_in_every_state_is_declared()
    {
        foreach (ApprovalState state in Enum.GetValues<ApprovalState>())
        {
            foreach (ApprovalEvent happened in Enum.GetValues<ApprovalEvent>())
            {
                // Throws where a pair was forgotten.
                ApprovalMachine.Next(state, happened);
            }
        }
    }

    [Fact]
    public void Nothing_leaves_a_final_state() => Assert.All(
        Enum.GetValues<ApprovalState>().Where(ApprovalMachine.IsFinal),
        state => Assert.All(Enum.GetValues<ApprovalEvent>(),
            happened => Assert.Null(ApprovalMachine.Next(state, happened))));

    [Fact]
    public void Only_an_approved_request_can_be_consumed() => Assert.Equal(
        [ApprovalState.Approved],
        Enum.GetValues<ApprovalState>().Where(state => ApprovalMachine.Next(state, ApprovalEvent.Consume) is not null));
}
