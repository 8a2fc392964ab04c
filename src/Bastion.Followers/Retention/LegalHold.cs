namespace Bastion.Followers.Retention;

/// <summary>Why some recordings must not be deleted. Exactly one of the scopes is set.</summary>
/// <param name="Id">What it is called.</param>
/// <param name="PlacedAt">When it was placed.</param>
/// <param name="By">Who placed it.</param>
/// <param name="Reason">Why, in that person's words.</param>
/// <param name="Session">One session.</param>
/// <param name="User">Every session of this person.</param>
/// <param name="Target">Every session on this target.</param>
/// <param name="Everything">Every session.</param>
internal sealed record LegalHold(
    string Id, DateTimeOffset PlacedAt, string By, string Reason, string? Session, string? User, string? Target,
    bool Everything)
{
    public bool Covers(string session, string? user, string? target) =>
        Everything
        || (Session is not null && Session == session)
        || (User is not null && User == user)
        || (Target is not null && Target == target);
}
