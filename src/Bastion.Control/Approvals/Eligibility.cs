using Bastion.Policy;

namespace Bastion.Control.Approvals;

/// <summary>
/// Who may decide a request, asked of the policy in force at the moment of deciding: whoever has left, changed groups
/// or been locked since the request was made does not count.
/// </summary>
internal static class Eligibility
{
    /// <summary>May approve or refuse it: one of the asked, never the requester.</summary>
    public static bool MayDecide(PolicySnapshot policy, ApprovalRequest request, PolicyPrincipal person) =>
        !IsRequester(request, person)
        && request.Requirements.Any(requirement => policy.MayApprove(requirement, person, Requester(request)));

    /// <summary>
    /// Every requirement this person would count for accepts this kind of proof. Stricter than need be where a person
    /// stands for two requirements with different demands: then the stronger proof is asked for.
    /// </summary>
    public static bool ProofSuffices(
        PolicySnapshot policy, ApprovalRequest request, PolicyPrincipal person, ProofKind proof) =>
        request.Requirements
            .Where(requirement => policy.MayApprove(requirement, person, Requester(request)))
            .All(requirement => requirement.ConfirmWith.HasFlag(
                proof == ProofKind.Totp ? Confirmation.Totp : Confirmation.Passkey));

    /// <summary>All requirements are met by those who approved and may still approve.</summary>
    public static bool IsMet(
        PolicySnapshot policy, IReadOnlyList<Requirement> requirements, ApprovalRequest request,
        IEnumerable<PolicyPrincipal> approvers) =>
        policy.IsMet(
            requirements,
            [
                .. approvers
                    .Where(person => !IsRequester(request, person))
                    .Where(person => requirements.Any(one => policy.MayApprove(one, person, Requester(request)))),
            ],
            Requester(request));

    /// <summary>Enough people exist to meet every requirement. Where there are not, nothing may be held: it is
    /// refused.</summary>
    public static bool CanBeMet(PolicySnapshot policy, IReadOnlyList<Requirement> requirements,
        PolicyPrincipal requester) =>
        requirements.Count > 0
        && (requirements.Any(requirement => requirement.OpenToClaims)
            || policy.IsMet(
                requirements,
                [
                    .. requirements
                        .SelectMany(requirement => requirement.Candidates)
                        .Distinct(StringComparer.Ordinal)
                        .Where(name => name != requester.Name)
                        .Select(name => new PolicyPrincipal(name)),
                ],
                requester));

    private static PolicyPrincipal Requester(ApprovalRequest request) => new(request.Requester);

    private static bool IsRequester(ApprovalRequest request, PolicyPrincipal person) =>
        string.Equals(request.Requester, person.Name, StringComparison.Ordinal);
}
