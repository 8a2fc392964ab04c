namespace Bastion.Control.Gating;

/// <summary>
/// What a command that the gateway did not let run to its end exits with: the one table of it. Never 255, which ssh and
/// its callers take for a broken connection.
/// </summary>
public static class ExitCodes
{
    public const int Done = 0;

    /// <summary>One of the gateway's own commands could not do what it was asked.</summary>
    public const int Failed = 1;

    /// <summary>sysexits.h EX_TEMPFAIL: nobody decided in time, or the way was cut off. Trying again makes
    /// sense.</summary>
    public const int TryAgain = 75;

    /// <summary>sysexits.h EX_NOPERM: a person said no.</summary>
    public const int Denied = 77;

    /// <summary>What a shell says of a program that it may not run: a rule forbids it, or nothing permits it.</summary>
    public const int Blocked = 126;

    /// <summary>What a shell says of a program that Ctrl-C ended: the requester took it back.</summary>
    public const int Withdrawn = 130;
}
