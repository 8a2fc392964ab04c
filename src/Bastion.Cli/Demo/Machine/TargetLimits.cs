using System.Globalization;

namespace Bastion.Cli.Demo.Machine;

/// <summary>
/// What a session of the target may use of this machine, as resource limits: they need neither root nor a cgroup. The
/// disk is bounded by the size of its file system, and the kernel out of memory ends the target's processes first.
/// </summary>
internal static class TargetLimits
{
    /// <summary>Enough for a pipeline of everything; a fork bomb ends here.</summary>
    private const int Processes = 256;

    /// <summary>Private memory of one process, in bytes.</summary>
    private const long Memory = 512L << 20;

    /// <summary>What the target computes waits for what the gateway computes.</summary>
    private const int Niceness = 10;

    /// <summary>From here on a user namespace counts its own processes; before, all of the user count.</summary>
    private static readonly Version CountsApart = new(5, 14);

    /// <summary>A command line that bounds itself and then runs what is put behind it.</summary>
    /// <param name="countedApart">The processes are those of a user, or in a user namespace, of their own.</param>
    public static IEnumerable<string> Prefix(bool countedApart) =>
    [
        SystemPrograms.Find("prlimit"), $"--nproc={MaximumProcesses(countedApart)}", $"--data={Memory}", "--core=0",
        SystemPrograms.Find("nice"), "-n", $"{Niceness}",
    ];

    private static int MaximumProcesses(bool countedApart) =>
        countedApart && Environment.OSVersion.Version >= CountsApart ? Processes : Processes + TasksOfThisUser();

    private static int TasksOfThisUser()
    {
        int tasks = 0;
        foreach (string process in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int _))
            {
                tasks += TasksIfOurs(process);
            }
        }

        return tasks;
    }

    private static int TasksIfOurs(string process)
    {
        try
        {
            string[] lines = File.ReadAllLines(Path.Combine(process, "status"));
            string user = lines.First(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
            return user == $"{Posix.NativeMethods.UserId()}"
                ? Directory.GetDirectories(Path.Combine(process, "task")).Length
                : 0;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return 0;
        }
    }
}
