using System.Security.Cryptography;

namespace Bastion.Control;

/// <summary>Names the gateway gives: random, without look-alikes, safe in a path, a shell and a journal.</summary>
internal static class Identifier
{
    /// <summary>Crockford's base 32: no I, L, O, U.</summary>
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>40 bits: short enough to read out; unique by the check of whoever stores it, and no secret.</summary>
    private const int RequestLength = 8;

    /// <summary>80 bits: never met twice.</summary>
    private const int SessionLength = 16;

    public static string ForRequest() => "R-" + RandomNumberGenerator.GetString(Alphabet, RequestLength);

    public static string ForSession() =>
        "s-" + RandomNumberGenerator.GetString(Alphabet, SessionLength).ToLowerInvariant();
}
