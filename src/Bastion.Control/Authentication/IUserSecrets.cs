namespace Bastion.Control.Authentication;

/// <summary>
/// What the gateway keeps of one person to recognise them. <see cref="Version"/> rises with every change and is what
/// makes a change safe among many: see <see cref="IUserSecrets.TryUpdateAsync"/>.
/// </summary>
public sealed record UserSecret
{
    public required string User { get; init; }

    /// <summary>As <see cref="Authentication.PasswordHash"/> writes it; null when the person has no password.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>The shared secret of RFC 6238; null when none is enrolled.</summary>
    public byte[]? TotpSecret { get; init; }

    /// <summary>The time step of the last accepted code; no code of this step or an older one is accepted
    /// again.</summary>
    public long LastTotpStep { get; init; }

    /// <summary>Passwords tried. Anybody can try one, so this counter alone never keeps a person out for
    /// long.</summary>
    public Tries Passwords { get; init; } = Tries.None;

    /// <summary>Codes tried, by somebody who had shown a password or a key before.</summary>
    public Tries Codes { get; init; } = Tries.None;

    public long Version { get; init; }
}

/// <summary>Tries since the last success.</summary>
/// <param name="NotBefore">No try is looked at before this time.</param>
public sealed record Tries(int Count, DateTimeOffset NotBefore)
{
    public static readonly Tries None = new(0, DateTimeOffset.UnixEpoch);
}

/// <summary>Where the secrets of people are kept. Implementations encrypt TOTP secrets at rest.</summary>
public interface IUserSecrets
{
    ValueTask<UserSecret?> FindAsync(string user, CancellationToken cancellationToken);

    /// <summary>
    /// Stores <paramref name="changed"/> under the next version if the stored version is still the one it was read
    /// with. False when somebody else was first: read again and decide again.
    /// </summary>
    ValueTask<bool> TryUpdateAsync(UserSecret changed, CancellationToken cancellationToken);
}
