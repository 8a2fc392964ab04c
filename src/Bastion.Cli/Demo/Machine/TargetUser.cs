using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>Who the target's processes are on this machine: root is never one of them.</summary>
internal sealed record TargetUser(uint? Number)
{
    /// <summary>
    /// Above every range that distributions, systemd and containers give to somebody, and below 2^31. With the demo's
    /// own process number on top, two demos are two users.
    /// </summary>
    private const uint FirstNumber = 1_900_000_000;

    public static TargetUser Choose() =>
        new(NativeMethods.UserId() == 0 ? FirstNumber + (uint)Environment.ProcessId : null);

    /// <summary>A command line that becomes that user and then runs what is put behind it.</summary>
    public IEnumerable<string> Prefix() => Number is { } number
        ? [SystemPrograms.Find("setpriv"), $"--reuid={number}", $"--regid={number}", "--clear-groups", "--"]
        : [];
}
