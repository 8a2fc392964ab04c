using System.Text;
using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>
/// One life of the target's machine: namespaces with a throw-away root, made by `machine.sh`, and the way into them.
/// What is open here are the namespaces themselves: whoever is put into them is in these and no others, even when
/// process numbers have come round.
/// </summary>
internal sealed class MachineNamespaces : IAsyncDisposable
{
    /// <summary>Measured: 0.1 s; the rest is for machines under load.</summary>
    private static readonly TimeSpan LongestBoot = TimeSpan.FromSeconds(30);

    /// <summary>A machine whose demo has let go of it ends by itself; then it is ended.</summary>
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(5);

    /// <summary>Longer than all that `machine.sh` says before it is ready, or why it is not.</summary>
    private const int MaximumAnswer = 4096;

    private const int KillSignal = 9;

    /// <summary>What is left of root in its own namespaces: enough for files, processes, ports and `reboot`; mounting,
    /// modules, devices, tracing and the like are not.</summary>
    private const string Capabilities =
        "-all,+chown,+dac_override,+fowner,+fsetid,+kill,+net_bind_service,+net_raw,+sys_chroot,+sys_boot";

    /// <summary>The namespaces that a session is put into, as /proc and nsenter call them; open, they are its
    /// descriptors 3, 4 and so on, and the user namespace of `app` comes after them.</summary>
    private static readonly (string File, string Option)[] Kinds =
        [("user", "user"), ("mnt", "mount"), ("pid", "pid"), ("net", "net"), ("uts", "uts"), ("ipc", "ipc")];

    /// <summary>The first processes to go when memory is short; the home, if it is still there; none of our
    /// files.</summary>
    private const string Login =
        """
        echo 1000 > /proc/self/oom_score_adj
        cd "$HOME" 2>/dev/null || cd /
        exec "$@" 3<&- 4<&- 5<&- 6<&- 7<&- 8<&- 9<&-
        """;

    private readonly DescriptorPoller _poller;
    private readonly TargetUser _user;
    private readonly ChildProcess _init;
    private readonly List<SharedDescriptor> _namespaces = [];
    private SharedDescriptor? _terminals;

    private MachineNamespaces(DescriptorPoller poller, TargetUser user, ChildProcess init)
    {
        _poller = poller;
        _user = user;
        _init = init;
    }

    /// <summary>Ends when the machine does.</summary>
    public Task<ChildExit> Exited => _init.Exited;

    /// <exception cref="MachineException">This machine's kernel or programs do not allow it; the message says what
    /// they said.</exception>
    public static async Task<MachineNamespaces> BootAsync(
        DescriptorPoller poller, TargetUser user, CancellationToken cancellationToken)
    {
        using var assembly = SharedDescriptor.Open(DotnetRuntime.Assembly);
        var environment = new Dictionary<string, string>
        {
            ["PATH"] = SystemPrograms.SearchPath,
            [BootCommand.ScriptVariable] = MachineScripts.Boot,
        };
        var command = new ChildCommand(BootCommand.For(user), environment) { Descriptors = [assembly] };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(LongestBoot);
        var machine = new MachineNamespaces(poller, user, ChildProcess.OnPipes(poller, command));
        try
        {
            await machine.AwaitBootAsync(deadline.Token);
            return machine;
        }
        catch (Exception failure)
        {
            await machine.DisposeAsync();
            cancellationToken.ThrowIfCancellationRequested();
            throw failure switch
            {
                IOException => new MachineException(failure.Message),
                OperationCanceledException =>
                    new MachineException($"it was not ready within {LongestBoot.TotalSeconds:0} s"),
                _ => failure,
            };
        }
    }

    public ChildProcess Start(MachineProgram program)
    {
        bool root = program.Account == "root";
        IEnumerable<string> identity = root
            ? [SystemPrograms.Find("setpriv"), "--no-new-privs", "--inh-caps=-all", $"--bounding-set={Capabilities}"]
            : [SystemPrograms.Find("nsenter"), "--preserve-credentials", $"--user={ChildNumber(Kinds.Length)}",
                SystemPrograms.Find("setpriv"), "--no-new-privs"];
        string[] arguments =
        [
            .. _user.Prefix(), .. TargetLimits.Prefix(countedApart: true),
            SystemPrograms.Find("nsenter"), "--preserve-credentials",
            .. Kinds.Select((kind, i) => $"--{kind.Option}={ChildNumber(i)}"),
            .. identity, SystemPrograms.Find("setsid"), .. program.Terminal is null ? (string[])[] : ["--ctty"],
            "/bin/sh", "-c", Login, "sh", .. program.Arguments,
        ];
        var command = new ChildCommand(
            arguments, AccountEnvironment.Of(program, root ? "/root" : $"/home/{program.Account}"))
        {
            Descriptors = _namespaces,
            EntersNamespace = true,
        };
        return program.Terminal is { } size
            ? ChildProcess.OnTerminal(_poller, command, PseudoTerminal.Open(_terminals, size))
            : ChildProcess.OnPipes(_poller, command);
    }

    public async ValueTask DisposeAsync()
    {
        _init.Dispose();
        try
        {
            await _init.Exited.WaitAsync(LongestEnd);
        }
        catch (TimeoutException)
        {
            _init.Signal(KillSignal);
            await _init.Exited;
        }

        _terminals?.Dispose();
        _namespaces.ForEach(descriptor => descriptor.Dispose());
    }

    /// <summary>What a started program calls one of <see cref="_namespaces"/>.</summary>
    private static string ChildNumber(int index) => $"/proc/self/fd/{3 + index}";

    private async Task AwaitBootAsync(CancellationToken cancellationToken)
    {
        string answer = await ReadAsync(_init.Output, untilLine: true, cancellationToken);
        if (answer.Split(' ') is not ["ready", { } outside, { } app])
        {
            string errors = await ReadAsync(_init.Error!, untilLine: false, cancellationToken);
            throw new MachineException(errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault()
                ?? "it ended without a word");
        }

        // Its init waits for our answer, so these processes are the right ones.
        string process = $"/proc/{outside}";
        foreach ((string file, _) in Kinds)
        {
            _namespaces.Add(SharedDescriptor.Open($"{process}/ns/{file}"));
        }

        _namespaces.Add(SharedDescriptor.Open($"{process}/root/proc/{app}/ns/user"));
        _terminals = SharedDescriptor.Open($"{process}/root/dev/pts", pathOnly: true);
        await _init.Input.WriteAsync("go\n"u8.ToArray(), cancellationToken);
        using ChildProcess filling = Start(
            new MachineProgram("root", ["/bin/sh", "-c", MachineScripts.Contents, "sh", "/home/app", "/"]));
        if (await filling.Exited.WaitAsync(cancellationToken) is not { Status: 0, Signal: 0 })
        {
            throw new MachineException(await ReadAsync(filling.Error!, untilLine: false, cancellationToken));
        }
    }

    private static async Task<string> ReadAsync(Descriptor from, bool untilLine, CancellationToken cancellationToken)
    {
        byte[] buffer = new byte[MaximumAnswer];
        int read = 0;
        int count;
        while ((count = await from.ReadAsync(buffer.AsMemory(read), cancellationToken)) > 0)
        {
            read += count;
            if (read == buffer.Length || (untilLine && buffer[read - 1] == '\n'))
            {
                break;
            }
        }

        return Encoding.UTF8.GetString(buffer, 0, read).TrimEnd('\n');
    }
}
