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

    /// <summary>A code of the step before or after is taken too, for clocks up to half a minute off (RFC 6238 section
    /// 5.2).</summary>
    private const int StepWindow = 1;

    /// <summary>Honest typing errors are free; from here on each try costs time.</summary>
    private const int FreeTries = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);

    /// <summary>Short, because whoever knows a name can cause it: nobody must be able to keep an approver
    /// out.</summary>
    private static readonly TimeSpan MaximumPasswordPause = TimeSpan.FromSeconds(30);

    /// <summary>At most 96 guesses a day against three valid codes in a million.</summary>
    private static readonly TimeSpan MaximumCodePause = TimeSpan.FromMinutes(15);

    /// <summary>Far more losses in a row than there can be honest parallel logins of one person.</summary>
    private const int MaximumRaces = 1_000;

    /// <summary>Of the whole process: however many log in, the other cores stay free for sessions.</summary>
    private static readonly SemaphoreSlim Hashing = new(Math.Max(1, Environment.ProcessorCount / 2));

    private readonly UnknownUsers _unknown = new();

    /// <summary>For the web login. The code is looked at only after the right password.</summary>
    public async ValueTask<CredentialOutcome> VerifyPasswordAndCodeAsync(
        string user, string password, string code, CancellationToken cancellationToken)
    {
        if (await CountAsync(user, PasswordBlocks, CountPassword, cancellationToken) is { } blocked)
        {
            return blocked;
        }

        UserSecret? secret = await secrets.FindAsync(user, cancellationToken);
        return await IsPasswordAsync(password, secret?.PasswordHash, cancellationToken)
            ? await VerifyCodeAsync(user, code, cancellationToken)
            : CredentialOutcome.Wrong.Instance;
    }

    /// <summary>For the second factor after a key or password, and for confirming an approval. Never the first thing
    /// asked.</summary>
    public async ValueTask<CredentialOutcome> VerifyCodeAsync(
        string user, string code, CancellationToken cancellationToken) =>
        await CountAsync(user, secret => secret.Codes.NotBefore, CountCode, cancellationToken)
        ?? await TakeCodeAsync(user, code, cancellationToken);

    /// <summary>The pause after so many tries without a success.</summary>
    internal static TimeSpan PauseAfter(int tries, TimeSpan longest)
    {
        if (tries < FreeTries)
        {
            return TimeSpan.Zero;
        }

        int doublings = Math.Min(tries - FreeTries, 16);
        return TimeSpan.FromTicks(Math.Min(FirstPause.Ticks << doublings, longest.Ticks));
    }

    private static async ValueTask<bool> IsPasswordAsync(string password, string? hash,
        CancellationToken cancellationToken)
    {
        await Hashing.WaitAsync(cancellationToken);
        try
        {
            return await Task.Run(() => PasswordHash.Verify(password, hash), cancellationToken);
        }
        finally
        {
            Hashing.Release();
        }
    }

    /// <summary>Whoever has guessed too many codes needs no new try at the password either.</summary>
    private static DateTimeOffset PasswordBlocks(UserSecret secret) =>
        secret.Passwords.NotBefore > secret.Codes.NotBefore ? secret.Passwords.NotBefore : secret.Codes.NotBefore;

    private static UserSecret CountPassword(UserSecret secret, DateTimeOffset now) =>
        secret with { Passwords = Next(secret.Passwords, now, MaximumPasswordPause) };

    private static UserSecret CountCode(UserSecret secret, DateTimeOffset now) =>
        secret with { Codes = Next(secret.Codes, now, MaximumCodePause) };

    private static Tries Next(Tries tries, DateTimeOffset now, TimeSpan longest) =>
        new(tries.Count + 1, now + PauseAfter(tries.Count + 1, longest));

    /// <summary>Counts a try. The refusal when none may be made now.</summary>
    private async ValueTask<CredentialOutcome?> CountAsync(
        string user, Func<UserSecret, DateTimeOffset> blockedUntil, Func<UserSecret, DateTimeOffset, UserSecret> count,
        CancellationToken cancellationToken)
    {
        for (int race = 0; race < MaximumRaces; race++)
        {
            // Unknown names are counted as well, or the pauses would tell which names there are.
            UserSecret? known = await secrets.FindAsync(user, cancellationToken);
            UserSecret secret = known ?? _unknown.Find(user);
            DateTimeOffset now = time.GetUtcNow();
            if (blockedUntil(secret) is var until && now < until)
            {
                return new CredentialOutcome.TooManyTries(until - now);
            }

            UserSecret counted = count(secret, now);
            if (known is null
                ? _unknown.TryUpdate(counted, secret)
                : await secrets.TryUpdateAsync(counted, cancellationToken))
            {
                return null;
            }
        }

        return new CredentialOutcome.TooManyTries(FirstPause);
    }

    private async ValueTask<CredentialOutcome> TakeCodeAsync(
        string user, string code, CancellationToken cancellationToken)
    {
        for (int race = 0; race < MaximumRaces; race++)
        {
            UserSecret? secret = await secrets.FindAsync(user, cancellationToken);
            DateTimeOffset now = time.GetUtcNow();
            if (secret?.TotpSecret is not { Length: > 0 } key || MatchingStep(key, code, now) is not { } step)
            {
                return CredentialOutcome.Wrong.Instance;
            }

            if (step <= secret.LastTotpStep)
            {
                return new CredentialOutcome.AlreadyUsed(NextCodeIn(secret.LastTotpStep, now));
            }

            UserSecret taken = secret with { LastTotpStep = step, Passwords = Tries.None, Codes = Tries.None };
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
        byte[] shown = Encoding.UTF8.GetBytes(code.Replace(" ", "", StringComparison.Ordinal));
        if (shown.Length != CodeDigits)
        {
            return null;
        }

        var totp = new Totp(key, StepSeconds, OtpHashMode.Sha1, CodeDigits);
        long? matching = null;
        for (int offset = -StepWindow; offset <= StepWindow; offset++)
        {
            DateTimeOffset at = now.AddSeconds(offset * StepSeconds);
            byte[] expected = Encoding.UTF8.GetBytes(totp.ComputeTotp(at.UtcDateTime));
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
