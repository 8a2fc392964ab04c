namespace Bastion.Control;

/// <summary>What a program that the gateway runs, or did not let run to its end, exits with: the one table of it. Never
/// 255, which ssh and its callers take for a broken connection.</summary>
public static class ExitCodes
{
    public const int Success = 0;

    /// <summary>The answer is no: a policy with errors, a log that falls short, a check that failed.</summary>
    public const int Failed = 1;

    /// <summary>The command line itself is wrong.</summary>
    public const int Usage = 2;

    /// <summary>sysexits.h EX_SOFTWARE: a part of the gateway failed by a fault of ours.</summary>
    public const int InternalFault = 70;

    /// <summary>sysexits.h EX_IOERR: the disk is full, failed or was taken away. All who were there were told; starting
    /// again is what recovers, and may be tried until it succeeds.</summary>
    public const int StorageFailed = 74;

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
