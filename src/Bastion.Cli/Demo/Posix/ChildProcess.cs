using System.Globalization;
using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>How a child ended: an exit status, or the signal that ended it.</summary>
internal readonly record struct ChildExit(int Status, int Signal);

/// <summary>A process in a session of its own, on a pseudo-terminal or on three pipes.</summary>
internal sealed class ChildProcess : IDisposable
{
    private readonly bool _entersNamespace;

    private ChildProcess(int id, ChildCommand command, Descriptor input, Descriptor output, Descriptor? error)
    {
        Id = id;
        _entersNamespace = command.EntersNamespace;
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
        int[] ends = new int[6];
        for (int pipe = 0; pipe < 3; pipe++)
        {
            if (NativeMethods.Pipe(ends.AsSpan(pipe * 2, 2), NativeMethods.CloseOnExec) < 0)
            {
                throw new IOException($"cannot make a pipe: {Marshal.GetLastPInvokeErrorMessage()}");
            }
        }

        var input = new Descriptor(ends[1], poller);
        var output = new Descriptor(ends[2], poller);
        var error = new Descriptor(ends[4], poller);
        try
        {
            int id = Spawner.Spawn(command, [ends[0], ends[3], ends[5]], terminal: false);
            return new ChildProcess(id, command, input, output, error);
        }
        catch (IOException)
        {
            input.Dispose();
            output.Dispose();
            error.Dispose();
            throw;
        }
        finally
        {
            _ = NativeMethods.Close(ends[0]);
            _ = NativeMethods.Close(ends[3]);
            _ = NativeMethods.Close(ends[5]);
        }
    }

    public static ChildProcess OnTerminal(DescriptorPoller poller, ChildCommand command, PseudoTerminal terminal)
    {
        var ours = new Descriptor(terminal.Master, poller);
        try
        {
            int slave = terminal.Slave;
            return new ChildProcess(
                Spawner.Spawn(command, [slave, slave, slave], terminal: true), command, ours, ours, null);
        }
        catch (IOException)
        {
            ours.Dispose();
            throw;
        }
        finally
        {
            _ = NativeMethods.Close(terminal.Slave);
        }
    }

    public void Resize(TerminalSize size) => PseudoTerminal.Resize(Output.Number, size);

    /// <summary>Signals the whole session: the child leads its process group.</summary>
    public void Signal(int signal)
    {
        // What has not got so far as to lead a session of its own is still in the group that it was started in.
        if (!Exited.IsCompleted && (Leader() is not { } leader || NativeMethods.Kill(-leader, signal) != 0))
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

    /// <summary>Null before the child has started its own, and after that has ended.</summary>
    private int? Leader()
    {
        if (!_entersNamespace)
        {
            return Id;
        }

        try
        {
            string children = File.ReadAllText($"/proc/{Id}/task/{Id}/children");
            return int.TryParse(children.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int only)
                ? only
                : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
