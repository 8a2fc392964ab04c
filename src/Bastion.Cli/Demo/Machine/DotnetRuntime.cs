using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Machine;

/// <summary>The .NET that runs this process, for the SFTP server that runs inside the target.</summary>
internal static class DotnetRuntime
{
    /// <summary>Those that `machine.sh` shows the target.</summary>
    private static readonly string[] SystemFolders = ["/usr/", "/lib/", "/lib64/", "/nix/", "/gnu/"];

    /// <summary>Null for a build that carries its own runtime.</summary>
    public static string? Root { get; } = FindRoot();

    /// <summary>It lies where the target sees it anyway.</summary>
    public static bool IsPartOfTheSystem { get; } =
        Root is not null && SystemFolders.Any(folder => Root.StartsWith(folder, StringComparison.Ordinal))
        && !Root.StartsWith("/usr/local/", StringComparison.Ordinal);

    /// <summary>This assembly: it needs no other of ours to be an SFTP server.</summary>
    public static string Assembly => typeof(DotnetRuntime).Assembly.Location;

    private static string? FindRoot()
    {
        // ROOT/shared/Microsoft.NETCore.App/VERSION/
        string framework = RuntimeEnvironment.GetRuntimeDirectory().TrimEnd('/');
        string root = Path.GetFullPath(Path.Combine(framework, "..", "..", ".."));
        return File.Exists(Path.Combine(root, "dotnet")) ? root : null;
    }
}
