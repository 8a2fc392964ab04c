using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>What a demo target's sessions run on.</summary>
internal interface ITargetMachine : IAsyncDisposable
{
    /// <summary>Cancelled when the machine goes down, and every connection to it with it.</summary>
    CancellationToken Running { get; }

    /// <summary>The program behind the subsystem `sftp`, or null where none can run.</summary>
    IReadOnlyList<string>? SftpServer { get; }

    bool HasAccount(string name);

    /// <exception cref="IOException">It could not be started; the message says why.</exception>
    ChildProcess Start(MachineProgram program);
}

/// <summary>What is to run on the machine, and for whom.</summary>
internal sealed record MachineProgram(string Account, IReadOnlyList<string> Arguments)
{
    /// <summary>What the client set; the account's own variables are the machine's.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Null: on three pipes.</summary>
    public TerminalSize? Terminal { get; init; }
}
