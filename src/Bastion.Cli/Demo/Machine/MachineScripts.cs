namespace Bastion.Cli.Demo.Machine;

/// <summary>The shell scripts beside this file, carried in the assembly.</summary>
internal static class MachineScripts
{
    /// <summary>$1: the new root's place; $2: the .NET runtime or nothing.</summary>
    public static string Boot { get; } = Read("machine.sh");

    /// <summary>$1: the home directory; $2: the system's root or nothing.</summary>
    public static string Contents { get; } = Read("orders-db.sh");

    private static string Read(string name)
    {
        using var reader = new StreamReader(
            typeof(MachineScripts).Assembly.GetManifestResourceStream($"demo-machine/{name}")!);
        return reader.ReadToEnd();
    }
}
