using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>
/// A target that cannot hurt this machine: namespaces of its own with a throw-away root. Whoever shuts it down or
/// restarts it finds it as it was at the start.
/// </summary>
internal sealed class ConfinedMachine : ITargetMachine
{
    private static readonly string[] Accounts = ["app", "root"];

    private readonly DescriptorPoller _poller;
    private readonly TargetUser _user;
    private readonly Action<string> _tell;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _keeping;
    private volatile Life _life;

    private ConfinedMachine(DescriptorPoller poller, TargetUser user, Action<string> tell, MachineNamespaces first)
    {
        _poller = poller;
        _user = user;
        _tell = tell;
        _life = new Life(first);
        _keeping = KeepAsync();
    }

    public CancellationToken Running => _life.Ended;

    public IReadOnlyList<string>? SftpServer { get; } = DotnetRuntime.Root is { } root
        ? ["/usr/bin/env", "DOTNET_EnableDiagnostics=0", "DOTNET_TieredPGO=0",
            DotnetRuntime.IsPartOfTheSystem ? Path.Combine(root, "dotnet") : "/opt/dotnet/dotnet",
            "/opt/sftp/bastion.dll", Target.SftpProgram.Verb]
        : null;

    /// <param name="poller">Waits for what its programs write.</param>
    /// <param name="user">Who they are on this machine.</param>
    /// <param name="tell">Is told, in a sentence, when somebody has restarted it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MachineException">This machine does not allow it.</exception>
    public static async Task<ConfinedMachine> StartAsync(
        DescriptorPoller poller, TargetUser user, Action<string> tell, CancellationToken cancellationToken) =>
        new(poller, user, tell, await MachineNamespaces.BootAsync(poller, user, cancellationToken));

    public bool HasAccount(string name) => Accounts.Contains(name);

    public ChildProcess Start(MachineProgram program) => _life.Namespaces.Start(program);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        await _life.DisposeAsync();
        _stop.Dispose();
    }

    private async Task KeepAsync()
    {
        try
        {
            while (true)
            {
                await _life.Namespaces.Exited.WaitAsync(_stop.Token);
                await _life.DisposeAsync();
                _life = new Life(await MachineNamespaces.BootAsync(_poller, _user, _stop.Token));
                _tell("`orders-db` was shut down by somebody on it; it is up again, as it was at the start");
            }
        }
        catch (OperationCanceledException)
        {
            // The demo ends.
        }
        catch (MachineException failure)
        {
            _tell($"`orders-db` was shut down and does not start again: {failure.Message}");
        }
    }

    /// <summary>The machine from one start to its end.</summary>
    private sealed class Life : IAsyncDisposable
    {
        private readonly CancellationTokenSource _ended = new();

        public Life(MachineNamespaces namespaces)
        {
            Namespaces = namespaces;
            Ended = _ended.Token;
        }

        public MachineNamespaces Namespaces { get; }

        public CancellationToken Ended { get; }

        public async ValueTask DisposeAsync()
        {
            if (!Ended.IsCancellationRequested)
            {
                await _ended.CancelAsync();
                await Namespaces.DisposeAsync();
                _ended.Dispose();
            }
        }
    }
}
