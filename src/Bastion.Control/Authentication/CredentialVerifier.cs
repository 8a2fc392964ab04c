using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using OtpNet;

namespace Bastion.Control.Authentication;

/// <summary>
/// Checks passwords and one-time codes. Every try is counted in storage before it is looked at, so guesses made in
/// parallel count as much as guesses made one after another; a code is taken by compare-and-swap, so it works once.
/// </summary>
public sealed class CredentialVerifier(IUserSecrets secrets, TimeProvider time)
{
    /// <summary>RFC 6238's time step.</summary>
    public const int StepSeconds = 30;

    public const int CodeDigits = 6;

    /// <summary>A code of the step before or after is taken too, for clocks up to half a minute off (RFC 6238 section 5.2).</summary>
    private const int StepWindow = 1;

    /// <summary>Honest typing errors are free; from here on each try costs time.</summary>
    private const int FreeTries = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>At most 96 guesses a day against three valid codes in a million.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);

    /// <summary>Far more losses in a row than there can be honest parallel logins of one person.</summary>
    private const int MaximumRaces = 1_000;

    /// <summary>For the web login. Both are always checked, so that nobody learns which one was wrong.</summary>
    public async ValueTask<CredentialOutcome> VerifyPasswordAndCodeAsync(
        string user, string password, string code, CancellationToken cancellationToken)
    {
        var (blocked, secret) = await CountTryAsync(user, cancellationToken);
        if (blocked is not null)
        {
            return blocked;
        }

        var passwordRight = PasswordHash.Verify(password, secret?.PasswordHash);
        return passwordRight
            ? await TakeCodeAsync(user, code, cancellationToken)
            : CredentialOutcome.Wrong.Instance;
    }

    /// <summary>For the second factor at an SSH login and for confirming an approval.</summary>
    public async ValueTask<CredentialOutcome> VerifyCodeAsync(
        string user, string code, CancellationToken cancellationToken)
    {
        var (blocked, _) = await CountTryAsync(user, cancellationToken);
        return blocked ?? await TakeCodeAsync(user, code, cancellationToken);
    }

    /// <summary>The pause after so many tries without a success.</summary>
    internal static TimeSpan PauseAfter(int attempts)
    {
        if (attempts < FreeTries)
        {
            return TimeSpan.Zero;
        }

        var doublings = Math.Min(attempts - FreeTries, 16);
        return TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << doublings, LongestPause.Ticks));
    }

    private async ValueTask<(CredentialOutcome? Blocked, UserSecret? Secret)> CountTryAsync(
        string user, CancellationToken cancellationToken)
    {
        for (var race = 0; race < MaximumRaces; race++)
        {
            var secret = await secrets.FindAsync(user, cancellationToken);
            if (secret is null)
            {
                return (null, null);
            }

            var now = time.GetUtcNow();
            if (now < secret.NotBefore)
            {
                return (new CredentialOutcome.TooManyTries(secret.NotBefore - now), null);
            }

            var counted = secret with
            {
                FailedAttempts = secret.FailedAttempts + 1,
                NotBefore = now + PauseAfter(secret.FailedAttempts + 1),
            };
            if (await secrets.TryUpdateAsync(counted, cancellationToken))
            {
                return (null, counted);
            }
        }

        return (new CredentialOutcome.TooManyTries(FirstPause), null);
    }

    private async ValueTask<CredentialOutcome> TakeCodeAsync(
        string user, string code, CancellationToken cancellationToken)
    {
        for (var race = 0; race < MaximumRaces; race++)
        {
            var secret = await secrets.FindAsync(user, cancellationToken);
            var now = time.GetUtcNow();
            if (secret?.TotpSecret is not { Length: > 0 } key || MatchingStep(key, code, now) is not { } step)
            {
                return CredentialOutcome.Wrong.Instance;
            }

            if (step <= secret.LastTotpStep)
            {
                return new CredentialOutcome.AlreadyUsed(NextCodeIn(secret.LastTotpStep, now));
            }

            var taken = secret with { LastTotpStep = step, FailedAttempts = 0, NotBefore = DateTimeOffset.UnixEpoch };
            if (await secrets.TryUpdateAsync(taken, cancellationToken))
            {
                return CredentialOutcome.Accepted.Instance;
            }
        }

        return new CredentialOutcome.TooManyTries(FirstPause);
    }

    /// <summary>All steps of the window are computed and compared in constant time; the newest match counts.</summary>
    private static long? MatchingStep(byte[] key, string code, DateTimeOffset now)
    {
        var shown = Encoding.UTF8.GetBytes(code.Replace(" ", "", StringComparison.Ordinal));
        if (shown.Length != CodeDigits)
        {
            return null;
        }

        var totp = new Totp(key, StepSeconds, OtpHashMode.Sha1, CodeDigits);
        long? matching = null;
        for (var offset = -StepWindow; offset <= StepWindow; offset++)
        {
            var at = now.AddSeconds(offset * StepSeconds);
            var expected = Encoding.UTF8.GetBytes(totp.ComputeTotp(at.UtcDateTime));
            if (CryptographicOperations.FixedTimeEquals(expected, shown))
            {
                matching = at.ToUnixTimeSeconds() / StepSeconds;
            }
        }

        return matching;
    }

    private static TimeSpan NextCodeIn(long lastStep, DateTimeOffset now) =>
        DateTimeOffset.FromUnixTimeSeconds((lastStep + 1) * StepSeconds) - now is var wait && wait > TimeSpan.Zero
            ? wait
            : TimeSpan.Zero;

    /// <summary>What an authenticator app scans (the key URI format of Google Authenticator).</summary>
    public static string EnrolmentUri(string user, byte[] secret, string issuer = "Bastion") =>
        string.Create(
            CultureInfo.InvariantCulture,
            $"otpauth://totp/{Uri.EscapeDataString(issuer)}:{Uri.EscapeDataString(user)}"
            + $"?secret={Base32Encoding.ToString(secret).TrimEnd('=')}&issuer={Uri.EscapeDataString(issuer)}"
            + $"&algorithm=SHA1&digits={CodeDigits}&period={StepSeconds}");
}
