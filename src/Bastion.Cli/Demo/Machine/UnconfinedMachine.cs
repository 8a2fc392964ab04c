using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>
/// No machine of its own: programs of this one, started in a directory of their own. Whatever they may do they do here.
/// </summary>
/// <param name="poller">Waits for what they write.</param>
/// <param name="home">Where they start.</param>
/// <param name="user">Who they are.</param>
/// <param name="limits">What bounds them, as a command line that runs what is put behind it.</param>
internal sealed class UnconfinedMachine(
    DescriptorPoller poller, string home, TargetUser user, IReadOnlyList<string> limits) : ITargetMachine
{
    public CancellationToken Running => CancellationToken.None;

    public IReadOnlyList<string>? SftpServer { get; } = DotnetRuntime.Root is { } root
        ? [Path.Combine(root, "dotnet"), DotnetRuntime.Assembly, Target.SftpProgram.Verb]
        : null;

    /// <summary>Whatever they are called, all are the same user.</summary>
    public bool HasAccount(string name) => true;

    public ChildProcess Start(MachineProgram program)
    {
        var command = new ChildCommand(
            [.. user.Prefix(), .. limits, .. program.Arguments], AccountEnvironment.Of(program, home))
        {
            WorkingDirectory = home,
        };
        return program.Terminal is { } size
            ? ChildProcess.OnTerminal(poller, command, PseudoTerminal.Open(terminals: null, size, user.Number))
            : ChildProcess.OnPipes(poller, command);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
