namespace Bastion.Ssh.UserAuth;

/// <summary>What came of one authentication request, before the answer is sent.</summary>
internal sealed record MethodResult
{
    /// <summary>Answered already with something that is not a decision: SSH_MSG_USERAUTH_PK_OK.</summary>
    public static MethodResult Answered { get; } = new() { WasAnswered = true };

    /// <summary>Nothing was tried: the method is not offered, or a key without a signature is not wanted.</summary>
    public static MethodResult NotTaken { get; } = new();

    public bool WasAnswered { get; private init; }

    public UserAuthDecision? Decision { get; init; }

    public VerifiedKey? Proof { get; init; }

    public string? KeyFingerprint { get; init; }

    public string? CertificateSummary { get; init; }

    /// <summary>Whether this was something that can be guessed: it counts against the smaller bound.</summary>
    public bool IsGuess { get; init; }

    public static MethodResult Guess(UserAuthDecision decision) => new() { Decision = decision, IsGuess = true };

    /// <summary>A conversation that the client left. Once it has answered something, leaving counts as a wrong
    /// answer.</summary>
    public static MethodResult Abandoned(bool answered) =>
        answered ? Guess(UserAuthDecision.Refuse("the client left the conversation")) : NotTaken;

    public static MethodResult OfKey(UserAuthDecision decision, OfferedKey offer, VerifiedKey? proof) => new()
    {
        Decision = decision,
        Proof = proof,
        KeyFingerprint = offer.Key.Fingerprint,
        CertificateSummary = offer.Certificate is { } certificate
            ? $"`{VisibleText.Lines(certificate.KeyId).ReplaceLineEndings(" ")}` (serial {certificate.Serial}) "
            + $"by {certificate.Authority.Fingerprint}"
            : null,
    };
}
