using Bastion.Control.Authentication;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>Gives a person a password and an authenticator.</summary>
internal static class Enrolment
{
    /// <summary>Sets what is not null and lifts any pause after wrong tries. The last accepted code stays
    /// remembered.</summary>
    public static async Task SetAsync(
        SqliteUserSecrets secrets, string user, string? password, byte[]? totpSecret,
        CancellationToken cancellationToken)
    {
        UserSecret? current = await secrets.FindAsync(user, cancellationToken);
        string? hash = password is null || PasswordHash.Verify(password, current?.PasswordHash)
            ? current?.PasswordHash
            : PasswordHash.Create(password);
        await secrets.SetAsync(user, hash, totpSecret ?? current?.TotpSecret, cancellationToken);
    }
}
