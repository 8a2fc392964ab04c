using System.Globalization;
using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>posix_spawn: a child in a session of its own, with nothing open but what it is given.</summary>
internal static class Spawner
{
    /// <summary>Above every number that a child is given, so that giving one never overwrites another.</summary>
    private const int FirstFreeNumber = 64;

    /// <summary>keyctl(2), which libc has no function for.</summary>
    private static readonly nint KeyControl =
        RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? 219 : 250;

    static Spawner() => KeepInheritedDescriptors();

    /// <param name="command">What to start.</param>
    /// <param name="standard">What becomes 0, 1 and 2.</param>
    /// <param name="terminal">They are a terminal, which becomes the session's controlling one.</param>
    /// <returns>The process's number.</returns>
    public static int Spawn(ChildCommand command, ReadOnlySpan<int> standard, bool terminal)
    {
        int[] given = Lift([.. standard, .. command.Descriptors.Select(descriptor => descriptor.Number)]);
        // posix_spawnattr_t, posix_spawn_file_actions_t and sigset_t are at most 336, 80 and 128 bytes on Linux.
        nint memory = Marshal.AllocHGlobal(1024);
        (nint attributes, nint actions, nint signals) = (memory, memory + 512, memory + 768);
        nint argv = Strings(command.Arguments);
        nint envp = Strings([.. command.Environment.Select(pair => $"{pair.Key}={pair.Value}")]);
        try
        {
            _ = NativeMethods.AttributesInit(attributes);
            _ = NativeMethods.ActionsInit(actions);
            // .NET ignores SIGPIPE and blocks nothing for good: a child starts with everything at its default.
            _ = NativeMethods.FillSignalSet(signals);
            _ = NativeMethods.AttributesSetDefaultSignals(attributes, signals);
            _ = NativeMethods.EmptySignalSet(signals);
            _ = NativeMethods.AttributesSetSignalMask(attributes, signals);
            _ = NativeMethods.AttributesSetFlags(
                attributes,
                NativeMethods.SpawnSetSid | NativeMethods.SpawnSetSigDef | NativeMethods.SpawnSetSigMask);
            _ = NativeMethods.ActionsChangeDirectory(actions, command.WorkingDirectory);
            for (int number = 0; number < given.Length; number++)
            {
                _ = NativeMethods.ActionsDuplicate(actions, given[number], number);
            }

            if (terminal && !command.EntersNamespace)
            {
                // The child leads a new session by then, so that the terminal it opens becomes its controlling one.
                _ = NativeMethods.ActionsOpen(actions, 0, "/proc/self/fd/1", NativeMethods.ReadWrite, 0);
            }

            // The keys of whoever started us are not the child's; it is this thread's session keyring that it gets.
            _ = NativeMethods.SystemCall(KeyControl, NativeMethods.JoinSessionKeyring, 0);
            int error = NativeMethods.Spawn(out int id, command.Arguments[0], actions, attributes, argv, envp);
            return error == 0
                ? id
                : throw new IOException(
                    $"cannot start `{command.Arguments[0]}`: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = NativeMethods.ActionsDestroy(actions);
            _ = NativeMethods.AttributesDestroy(attributes);
            FreeStrings(argv);
            FreeStrings(envp);
            Marshal.FreeHGlobal(memory);
            foreach (int number in given)
            {
                _ = NativeMethods.Close(number);
            }
        }
    }

    /// <summary>What this process was given open, by whoever started it, is not for its children.</summary>
    private static void KeepInheritedDescriptors()
    {
        foreach (string name in Directory.GetFileSystemEntries("/proc/self/fd").Select(path => Path.GetFileName(path)))
        {
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 2)
            {
                _ = NativeMethods.ControlDescriptor(
                    number, NativeMethods.SetDescriptorFlags, NativeMethods.CloseOnExecFlag);
            }
        }
    }

    private static int[] Lift(int[] numbers) =>
        [.. numbers.Select(number =>
            NativeMethods.ControlDescriptor(number, NativeMethods.DuplicateAtLeast, FirstFreeNumber))];

    private static nint Strings(IReadOnlyList<string> values)
    {
        nint array = Marshal.AllocHGlobal((values.Count + 1) * nint.Size);
        for (int i = 0; i < values.Count; i++)
        {
            Marshal.WriteIntPtr(array, i * nint.Size, Marshal.StringToCoTaskMemUTF8(values[i]));
        }

        Marshal.WriteIntPtr(array, values.Count * nint.Size, 0);
        return array;
    }

    private static void FreeStrings(nint array)
    {
        for (int i = 0; Marshal.ReadIntPtr(array, i * nint.Size) is var text and not 0; i++)
        {
            Marshal.FreeCoTaskMem(text);
        }

        Marshal.FreeHGlobal(array);
    }
}
