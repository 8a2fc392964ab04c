using System.Text;
using Bastion.Audit.Records;
using Bastion.Control.Approvals;
using Bastion.Policy;

namespace Bastion.Control.Evidence;

/// <summary>How requests for approval and the decisions on them read in the journal.</summary>
internal static class ApprovalRecords
{
    public static ApprovalRequested Requested(ApprovalRequest request) => new()
    {
        Session = request.SessionId,
        Request = request.Id,
        User = request.Requester,
        Target = request.Target,
        Account = request.Account,
        Command = new PeerText(
            request.CommandBytes.Length == 0 ? Encoding.UTF8.GetBytes(request.Command) : request.CommandBytes),
        Approvers = [.. request.Requirements.SelectMany(requirement => requirement.From).Distinct()],
        Quorum = request.Quorum,
        ExpiresAt = request.Expires,
        Tier = PolicyWords.Of(request.Tier),
        StatementSha256 = request.Statement.Sha256,
        Rules = request.Rules,
        PolicyVersion = request.PolicyVersion,
        Reason = OptionalText.OrNone(request.Reason),
    };

    /// <param name="final">This one completed the quorum.</param>
    public static ApprovalApproved Approved(ApprovalRequest request, ApprovalVote vote, TimeSpan taken, bool final) =>
        new()
        {
            Session = request.SessionId,
            Request = request.Id,
            Approver = vote.Approver,
            Method = vote.Proof == ProofKind.Passkey ? "passkey" : "totp",
            Source = OptionalText.OrNone(vote.Address),
            StatementSha256 = request.Statement.Sha256,
            DecisionMilliseconds = (long)taken.TotalMilliseconds,
            Final = final,
        };

    public static ApprovalDenied Denied(ApprovalRequest request, ApprovalVote vote, TimeSpan taken) => new()
    {
        Session = request.SessionId,
        Request = request.Id,
        Approver = vote.Approver,
        Reason = OptionalText.OrNone(vote.Reason),
        Source = OptionalText.OrNone(vote.Address),
        DecisionMilliseconds = (long)taken.TotalMilliseconds,
    };
}
