namespace Bastion.Cli.Demo.Machine;

/// <summary>The command line whose last process is PID 1 of a new machine.</summary>
internal static class BootCommand
{
    /// <summary>Where the new root is mounted, in a mount namespace of its own: a directory that is
    /// everywhere.</summary>
    private static readonly string MountPoint = Directory.Exists("/mnt") ? "/mnt" : "/tmp";

    /// <summary>Only root can enter root's home, where its .NET may lie: $0 the place, $1 the runtime, then the
    /// rest.</summary>
    private const string Staging =
        """
        mount -t tmpfs -o mode=755 tmpfs "$0" && mkdir "$0/root" "$0/dotnet" && mount --rbind "$1" "$0/dotnet" &&
        shift && exec "$@"
        """;

    /// <summary>Carries `machine.sh`, so that lists of processes stay readable.</summary>
    public const string ScriptVariable = "MACHINE";

    public static IReadOnlyList<string> For(TargetUser user)
    {
        string unshare = SystemPrograms.Find("unshare");
        string[] inOwnNamespaces =
        [
            .. user.Prefix(), unshare, "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child",
            "--net", "--uts", "--ipc", "--cgroup", "--", "/bin/sh", "-c", $"eval \"${ScriptVariable}\"", "orders-db",
        ];
        if (DotnetRuntime.Root is not { } runtime || DotnetRuntime.IsPartOfTheSystem)
        {
            return [.. inOwnNamespaces, MountPoint, ""];
        }

        return user.Number is null
            ? [.. inOwnNamespaces, MountPoint, runtime]
            : [unshare, "--mount", "--", "/bin/sh", "-c", Staging, MountPoint, runtime, .. inOwnNamespaces,
                $"{MountPoint}/root", $"{MountPoint}/dotnet"];
    }
}
