using System.Runtime.InteropServices;
using System.Text;

namespace Bastion.Cli.Demo.Posix;

/// <summary>How a child ended: an exit status, or the signal that ended it.</summary>
internal readonly record struct ChildExit(int Status, int Signal);

/// <summary>A process in a session of its own, on a pseudo-terminal or on three pipes (posix_spawn).</summary>
internal sealed class ChildProcess : IDisposable
{
    private ChildProcess(int id, Descriptor input, Descriptor output, Descriptor? error)
    {
        Id = id;
        Input = input;
        Output = output;
        Error = error;
        Exited = Task.Factory.StartNew(
            () => Reap(id), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    public int Id { get; }

    public Descriptor Input { get; }

    public Descriptor Output { get; }

    /// <summary>Null on a pseudo-terminal, where both streams are one.</summary>
    public Descriptor? Error { get; }

    public Task<ChildExit> Exited { get; }

    public static ChildProcess OnPipes(DescriptorPoller poller, ChildCommand command)
    {
        Span<int> input = stackalloc int[2];
        Span<int> output = stackalloc int[2];
        Span<int> error = stackalloc int[2];
        Check(NativeMethods.Pipe(input, NativeMethods.CloseOnExec));
        Check(NativeMethods.Pipe(output, NativeMethods.CloseOnExec));
        Check(NativeMethods.Pipe(error, NativeMethods.CloseOnExec));
        (int standardInput, int standardOutput, int standardError) = (input[0], output[1], error[1]);
        int id = Spawn(command, actions =>
        {
            _ = NativeMethods.ActionsDuplicate(actions, standardInput, 0);
            _ = NativeMethods.ActionsDuplicate(actions, standardOutput, 1);
            _ = NativeMethods.ActionsDuplicate(actions, standardError, 2);
        });
        _ = NativeMethods.Close(input[0]);
        _ = NativeMethods.Close(output[1]);
        _ = NativeMethods.Close(error[1]);
        return new ChildProcess(id, new(input[1], poller), new(output[0], poller), new(error[0], poller));
    }

    public static ChildProcess OnPseudoTerminal(DescriptorPoller poller, ChildCommand command, int columns, int rows)
    {
        int master = NativeMethods.OpenPseudoTerminal(
            NativeMethods.ReadWrite | NativeMethods.NoControllingTerminal | NativeMethods.CloseOnExec);
        Check(master);
        Check(NativeMethods.GrantPseudoTerminal(master));
        Check(NativeMethods.UnlockPseudoTerminal(master));
        Span<byte> name = stackalloc byte[128];
        Check(NativeMethods.PseudoTerminalName(master, name, (nuint)name.Length));
        string path = Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]);
        var descriptor = new Descriptor(master, poller);
        // Before there is a child that could ask.
        Resize(descriptor, columns, rows);
        return new ChildProcess(Spawn(command, actions =>
        {
            // The child leads a new session by then, so that the terminal it opens becomes its controlling one.
            _ = NativeMethods.ActionsOpen(actions, 0, path, NativeMethods.ReadWrite, 0);
            _ = NativeMethods.ActionsDuplicate(actions, 0, 1);
            _ = NativeMethods.ActionsDuplicate(actions, 0, 2);
        }), descriptor, descriptor, null);
    }

    public void Resize(int columns, int rows) => Resize(Output, columns, rows);

    private static void Resize(Descriptor terminal, int columns, int rows)
    {
        var size = new NativeMethods.WindowSize
        {
            Columns = (ushort)Math.Clamp(columns, 0, ushort.MaxValue),
            Rows = (ushort)Math.Clamp(rows, 0, ushort.MaxValue),
        };
        _ = NativeMethods.SetWindowSize(terminal.Number, NativeMethods.WindowSizeRequest, size);
    }

    /// <summary>Signals the whole session: the child leads its process group.</summary>
    public void Signal(int signal)
    {
        if (!Exited.IsCompleted)
        {
            _ = NativeMethods.Kill(-Id, signal);
        }
    }

    public void Dispose()
    {
        Input.Dispose();
        Output.Dispose();
        Error?.Dispose();
    }

    private static ChildExit Reap(int id)
    {
        int status;
        while (NativeMethods.WaitPid(id, out status, 0) < 0)
        {
            if (Marshal.GetLastPInvokeError() != NativeMethods.Interrupted)
            {
                return new ChildExit(255, 0);
            }
        }

        int signal = status & 0x7F;
        return signal == 0 ? new ChildExit(status >> 8 & 0xFF, 0) : new ChildExit(0, signal);
    }

    private static int Spawn(ChildCommand command, Action<nint> addDescriptors)
    {
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
            addDescriptors(actions);
            int error = NativeMethods.Spawn(out int id, command.Path, actions, attributes, argv, envp);
            return error == 0
                ? id
                : throw new IOException($"cannot start `{command.Path}`: {Marshal.GetPInvokeErrorMessage(error)}");
        }
        finally
        {
            _ = NativeMethods.ActionsDestroy(actions);
            _ = NativeMethods.AttributesDestroy(attributes);
            FreeStrings(argv);
            FreeStrings(envp);
            Marshal.FreeHGlobal(memory);
        }
    }

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

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException($"cannot make a terminal or pipe: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}

/// <summary>What to start, where, and with which environment.</summary>
internal sealed record ChildCommand(
    string Path, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment,
    string WorkingDirectory);
