using System.Buffers.Text;
using System.Security.Cryptography;

namespace Bastion.Control.Authentication;

/// <summary>One web login and every refresh token descended from it. Ending the family signs that browser out at
/// once.</summary>
/// <param name="TokenHash">SHA-256 of the one token that is good now.</param>
public sealed record RefreshFamily(
    string Id, string User, byte[] TokenHash, DateTimeOffset Started, DateTimeOffset LastUsed);

public interface IRefreshFamilies
{
    ValueTask AddAsync(RefreshFamily family, CancellationToken cancellationToken);

    ValueTask<RefreshFamily?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Replaces the token if the stored one is still <paramref name="expectedHash"/>.</summary>
    ValueTask<bool> TryRotateAsync(
        string id, byte[] expectedHash, byte[] nextHash, DateTimeOffset now, CancellationToken cancellationToken);

    ValueTask RemoveAsync(string id, CancellationToken cancellationToken);

    ValueTask RemoveOfUserAsync(string user, CancellationToken cancellationToken);

    ValueTask RemoveStartedBeforeAsync(DateTimeOffset time, CancellationToken cancellationToken);
}

/// <summary>What came of showing a refresh token.</summary>
public abstract record RefreshOutcome
{
    private RefreshOutcome()
    {
    }

    public sealed record Rotated(string Family, string User, string Token) : RefreshOutcome;

    /// <summary>A token that was already exchanged came back: somebody else has it. The whole family is
    /// ended.</summary>
    public sealed record Replayed(string User) : RefreshOutcome;

    public sealed record Refused : RefreshOutcome;
}

/// <summary>
/// Rotating refresh tokens (RFC 9700 section 4.14.2): 32 random bytes, stored hashed, exchanged at every use.
/// On the wire a token is <c>family.secret</c>.
/// </summary>
public sealed class RefreshTokens(IRefreshFamilies families, TimeProvider time)
{
    /// <summary>One working day; after it the person logs in again.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(12);

    private const int SecretLength = 32;
    private const int FamilyIdLength = 16;
    private const int MaximumTokenLength = 128;

    public async ValueTask<(string Family, string Token)> IssueAsync(string user, CancellationToken cancellationToken)
    {
        DateTimeOffset now = time.GetUtcNow();
        await families.RemoveStartedBeforeAsync(now - Lifetime, cancellationToken);
        string id = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(FamilyIdLength));
        byte[] secret = RandomNumberGenerator.GetBytes(SecretLength);
        await families.AddAsync(
            new RefreshFamily(id, user, SHA256.HashData(secret), now, now), cancellationToken);
        return (id, Join(id, secret));
    }

    public async ValueTask<RefreshOutcome> RotateAsync(string token, CancellationToken cancellationToken)
    {
        if (!TrySplit(token, out string? id, out byte[]? secret)
            || await families.FindAsync(id, cancellationToken) is not { } family
            || time.GetUtcNow() - family.Started > Lifetime)
        {
            return new RefreshOutcome.Refused();
        }

        byte[] next = RandomNumberGenerator.GetBytes(SecretLength);
        bool rotated = await families.TryRotateAsync(
            id, SHA256.HashData(secret), SHA256.HashData(next), time.GetUtcNow(), cancellationToken);
        if (rotated)
        {
            return new RefreshOutcome.Rotated(id, family.User, Join(id, next));
        }

        await families.RemoveAsync(id, cancellationToken);
        return new RefreshOutcome.Replayed(family.User);
    }

    /// <summary>Whether an access token of this family still counts.</summary>
    public async ValueTask<bool> IsAliveAsync(string family, string user, CancellationToken cancellationToken) =>
        await families.FindAsync(family, cancellationToken) is { } found
        && found.User == user
        && time.GetUtcNow() - found.Started <= Lifetime;

    /// <summary>Ends the family of a good token. The person it belonged to; null when the token was not good.</summary>
    public async ValueTask<string?> RevokeAsync(string token, CancellationToken cancellationToken)
    {
        // Whoever shows the secret may end the family; a bare family id, which stands in access tokens, may not.
        if (!TrySplit(token, out string? id, out byte[]? secret)
            || await families.FindAsync(id, cancellationToken) is not { } family
            || !CryptographicOperations.FixedTimeEquals(family.TokenHash, SHA256.HashData(secret)))
        {
            return null;
        }

        await families.RemoveAsync(id, cancellationToken);
        return family.User;
    }

    public ValueTask RevokeUserAsync(string user, CancellationToken cancellationToken) =>
        families.RemoveOfUserAsync(user, cancellationToken);

    private static string Join(string id, byte[] secret) => $"{id}.{Base64Url.EncodeToString(secret)}";

    private static bool TrySplit(string token, out string id, out byte[] secret)
    {
        id = "";
        secret = [];
        if (token.Length > MaximumTokenLength || token.Split('.') is not [var family, var rest] || family.Length == 0)
        {
            return false;
        }

        try
        {
            secret = Base64Url.DecodeFromChars(rest);
        }
        catch (FormatException)
        {
            return false;
        }

        id = family;
        return secret.Length == SecretLength;
    }
}
