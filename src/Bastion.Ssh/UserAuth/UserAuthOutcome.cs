namespace Bastion.Ssh.UserAuth;

/// <summary>How the client role's login went.</summary>
/// <param name="Succeeded">Logged in.</param>
/// <param name="Methods">When refused: what the peer would still take.</param>
/// <param name="PartialSuccess">When refused: at least one credential was good and the peer wanted more.</param>
/// <param name="Attempts">What was tried, one line each, for the operator: `publickey ssh-ed25519 SHA256:…
/// refused`.</param>
/// <param name="Banner">What the peer showed before authentication, cleaned of control characters; may be
/// empty.</param>
public sealed record UserAuthOutcome(
    bool Succeeded,
    IReadOnlyList<string> Methods,
    bool PartialSuccess,
    IReadOnlyList<string> Attempts,
    string Banner)
{
    /// <summary>One sentence for a person, such as `the peer refused publickey; it would still take
    /// password`.</summary>
    public string Explain()
    {
        if (Succeeded)
        {
            return "logged in";
        }

        string tried = Attempts.Count == 0 ? "none of the credentials could be tried" : string.Join("; ", Attempts);
        string left = Methods.Count == 0 ? "" : $"; the peer would take {string.Join(", ", Methods)}";
        string partial = PartialSuccess ? " (one credential was good, the peer wants another)" : "";
        return tried + partial + left;
    }
}
