using Bastion.Control.Authentication;

namespace Bastion.Control.Approvals;

/// <summary>
/// The proof that a certain person confirmed a certain request just now. Only the confirmation makes one, so no route
/// can approve without it.
/// </summary>
public sealed class ApprovalProof
{
    private ApprovalProof(ProofKind kind, string approver, string requestId)
    {
        Kind = kind;
        Approver = approver;
        RequestId = requestId;
    }

    public ProofKind Kind { get; }

    public string Approver { get; }

    public string RequestId { get; }

    /// <summary>Takes one one-time code for one request; the code is spent whatever becomes of the request.</summary>
    public static async ValueTask<(ApprovalProof? Proof, CredentialOutcome Outcome)> ByCodeAsync(
        CredentialVerifier verifier, string approver, string requestId, string code,
        CancellationToken cancellationToken)
    {
        CredentialOutcome outcome = await verifier.VerifyCodeAsync(approver, code, cancellationToken);
        return outcome is CredentialOutcome.Accepted
            ? (new ApprovalProof(ProofKind.Totp, approver, requestId), outcome)
            : (null, outcome);
    }
}
