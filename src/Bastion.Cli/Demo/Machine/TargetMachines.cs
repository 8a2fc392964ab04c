using System.Runtime.InteropServices;
using Bastion.Cli.Demo.Posix;

namespace Bastion.Cli.Demo.Machine;

/// <summary>Chooses what the demo's target runs on: never root of this machine, and whenever the kernel lets us,
/// nothing of this machine at all.</summary>
internal static class TargetMachines
{
    public const string UnconfinedOption = "--unconfined-target";

    /// <param name="poller">Waits for what its programs write.</param>
    /// <param name="unconfinedAllowed">The option was given.</param>
    /// <param name="tell">Is told, in a sentence, what whoever started the demo must know.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ITargetMachine> StartAsync(
        DescriptorPoller poller, bool unconfinedAllowed, Action<string> tell, CancellationToken cancellationToken)
    {
        var user = TargetUser.Choose();
        try
        {
            return await ConfinedMachine.StartAsync(poller, user, tell, cancellationToken);
        }
        catch (MachineException reason) when (user.Number is null)
        {
            tell($"this machine gives the target no namespaces of its own ({reason.Message}): `orders-db` is a "
                + "shell of "
                + "your own user, and what is approved there happens to your files and processes");
            return TemporaryMachine.Start(poller, user);
        }
        catch (MachineException reason) when (unconfinedAllowed)
        {
            tell($"this machine gives the target no namespaces of its own ({reason.Message}): `orders-db` is a shell "
                + $"here, of the otherwise unused user {user.Number}, and sees what everybody may see");
            return TemporaryMachine.Start(poller, user);
        }
        catch (MachineException reason)
        {
            throw new CommandFailedException(
                $"the demo's target would be a shell on this machine, because it gives no namespaces of its own "
                    + $"({reason.Message}); run the demo as an ordinary user, or with `{UnconfinedOption}` to have "
                    + "it as "
                    + $"the otherwise unused user {user.Number}");
        }
    }

    /// <summary>An unconfined machine whose home is made now and goes with it.</summary>
    private sealed class TemporaryMachine : ITargetMachine
    {
        private readonly string _home;
        private readonly UnconfinedMachine _machine;
        private readonly TargetUser _user;

        private TemporaryMachine(DescriptorPoller poller, string home, TargetUser user)
        {
            _home = home;
            _user = user;
            _machine = new UnconfinedMachine(
                poller, home, user, [.. TargetLimits.Prefix(countedApart: user.Number is not null)]);
        }

        public CancellationToken Running => _machine.Running;

        public IReadOnlyList<string>? SftpServer => _machine.SftpServer;

        public static TemporaryMachine Start(DescriptorPoller poller, TargetUser user)
        {
            string home = Directory.CreateTempSubdirectory("orders-db-").FullName;
            using (var directory = SharedDescriptor.Open(home))
            {
                if (user.Number is { } number && NativeMethods.ChangeOwner(directory.Number, number, number) != 0)
                {
                    throw new IOException(
                        $"cannot give `{home}` to the user {number}: {Marshal.GetLastPInvokeErrorMessage()}");
                }
            }

            var machine = new TemporaryMachine(poller, home, user);
            machine.Run("/bin/sh", "-c", MachineScripts.Contents, "sh", home, "");
            return machine;
        }

        public bool HasAccount(string name) => _machine.HasAccount(name);

        public ChildProcess Start(MachineProgram program) => _machine.Start(program);

        public ValueTask DisposeAsync()
        {
            if (_user.Number is not null)
            {
                // All that this user has: the user is the target's alone.
                Run("/bin/sh", "-c", "kill -9 -1");
            }

            Directory.Delete(_home, recursive: true);
            return ValueTask.CompletedTask;
        }

        private void Run(params string[] arguments)
        {
            using ChildProcess process = _machine.Start(new MachineProgram("app", arguments));
            process.Exited.Wait();
        }
    }
}
