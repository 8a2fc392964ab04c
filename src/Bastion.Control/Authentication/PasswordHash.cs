using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bastion.Control.Authentication;

/// <summary>A password at rest: PBKDF2 with HMAC-SHA-512, written as
/// <c>pbkdf2-sha512$iterations$salt$key</c>.</summary>
public static class PasswordHash
{
    /// <summary>OWASP's figure for PBKDF2-HMAC-SHA512 (Password Storage Cheat Sheet); some tens of
    /// milliseconds.</summary>
    public const int Iterations = 210_000;

    /// <summary>A stored hash may ask for at most this many iterations, so that a damaged row cannot stall a
    /// login.</summary>
    private const int MaximumIterations = 5_000_000;

    /// <summary>In characters. Longer input is refused before it is hashed.</summary>
    public const int MaximumPasswordLength = 256;

    private const string Scheme = "pbkdf2-sha512";
    private const int SaltLength = 16;
    private const int KeyLength = 64;

    /// <summary>What unknown users and users without a password are checked against, so that they cost the same
    /// time.</summary>
    private static readonly string NobodysHash =
        Create(Convert.ToBase64String(RandomNumberGenerator.GetBytes(SaltLength)));

    public static string Create(string password)
    {
        ArgumentException.ThrowIfNullOrEmpty(password);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(password.Length, MaximumPasswordLength);
        byte[] salt = RandomNumberGenerator.GetBytes(SaltLength);
        byte[] key = Derive(password, salt, Iterations);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Scheme}${Iterations}${Convert.ToBase64String(salt)}${Convert.ToBase64String(key)}");
    }

    /// <summary>False for a null hash as well, after as much work as a real one takes.</summary>
    public static bool Verify(string password, string? stored)
    {
        if (string.IsNullOrEmpty(password) || password.Length > MaximumPasswordLength)
        {
            return false;
        }

        bool known = TryParse(stored, out int iterations, out byte[]? salt, out byte[]? key);
        if (!known && !TryParse(NobodysHash, out iterations, out salt, out key))
        {
            return false;
        }

        return CryptographicOperations.FixedTimeEquals(Derive(password, salt, iterations), key) && known;
    }

    private static byte[] Derive(string password, byte[] salt, int iterations) =>
        Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password), salt, iterations, HashAlgorithmName.SHA512, KeyLength);

    private static bool TryParse(string? stored, out int iterations, out byte[] salt, out byte[] key)
    {
        iterations = 0;
        salt = key = [];
        string[]? parts = stored?.Split('$');
        if (parts is not [Scheme, var count, var saltText, var keyText]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out iterations)
            || iterations is <= 0 or > MaximumIterations)
        {
            return false;
        }

        try
        {
            salt = Convert.FromBase64String(saltText);
            key = Convert.FromBase64String(keyText);
        }
        catch (FormatException)
        {
            return false;
        }

        return salt.Length >= SaltLength && key.Length == KeyLength;
    }
}
