using System.Runtime.InteropServices;

namespace Bastion.Cli.Demo.Posix;

/// <summary>Columns and rows of a terminal, as RFC 4254 section 6.2 gives them.</summary>
internal readonly record struct TerminalSize(uint Columns, uint Rows);

/// <summary>Both ends of a pseudo-terminal, until the child has its end and the poller ours.</summary>
internal sealed class PseudoTerminal
{
    private PseudoTerminal(int master, int slave)
    {
        Master = master;
        Slave = slave;
    }

    public int Master { get; }

    public int Slave { get; }

    /// <param name="terminals">A mounted devpts, or null for this machine's own.</param>
    /// <param name="size">As the client has it.</param>
    /// <param name="owner">Whose it is to be, when not ours.</param>
    public static PseudoTerminal Open(SharedDescriptor? terminals, TerminalSize size, uint? owner = null)
    {
        const int flags = NativeMethods.ReadWrite | NativeMethods.NoControllingTerminal | NativeMethods.CloseOnExec;
        int master = terminals is null
            ? NativeMethods.Open("/dev/ptmx", flags)
            : NativeMethods.OpenAt(terminals.Number, "ptmx", flags);
        Check(master);
        Check(NativeMethods.UnlockPseudoTerminal(master));
        // Before there is a child that could ask.
        Resize(master, size);
        // Not by its name: the name means something else in another mount namespace.
        int slave = NativeMethods.OpenPeer(master, NativeMethods.PeerRequest, flags);
        Check(slave);
        if (owner is { } user)
        {
            Check(NativeMethods.ChangeOwner(slave, user, user));
        }

        return new PseudoTerminal(master, slave);
    }

    public static void Resize(int master, TerminalSize terminal)
    {
        var size = new NativeMethods.WindowSize
        {
            Columns = (ushort)Math.Min(terminal.Columns, ushort.MaxValue),
            Rows = (ushort)Math.Min(terminal.Rows, ushort.MaxValue),
        };
        _ = NativeMethods.SetWindowSize(master, NativeMethods.WindowSizeRequest, size);
    }

    private static void Check(int result)
    {
        if (result < 0)
        {
            throw new IOException($"cannot make a terminal: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }
}
