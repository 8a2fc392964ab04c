using Bastion.Server.Hosting;

namespace Bastion.Cli.Demo;

/// <summary>The five minutes, with this run's ports and files in every command, ready to be pasted.</summary>
internal static class DemoWalkthrough
{
    public static void Write(TextWriter output, BastionHost host, DemoFiles files, DemoPerson[] people)
    {
        DemoPerson alice = people[0], bob = people[1], carol = people[2];
        string ssh =
            $"ssh -p {host.SshEndPoint.Port} -i {Shown(alice.KeyFile)} -o UserKnownHostsFile={Shown(files.KnownHosts)}";
        output.WriteLine(
            $"""

            Bastion demo. Alice is an engineer, Bob approves, Carol audits. The target `orders-db` has
            real shells and files, and no database; at each start of the demo it is as new.

            1  In a second terminal, work as Alice with the ssh you have:

                 {ssh} alice+orders-db@127.0.0.1

               `ls archive/2019` runs at once. `rm -rf archive/2019` is held: somebody else decides.

            2  Be Bob, in a browser of phone size: {host.PublicUrl}

                 user bob   password {bob.Password}   authenticator secret {bob.Totp}

               Add the secret to an authenticator app, or print codes here: bastion user code {bob.Totp}
               Approve. A code counts once: for the approval take the one after that of the login.

            3  See it run in Alice's terminal, and leave the shell.

            4  Be Carol ({host.PublicUrl}/console) and replay the session:

                 user carol   password {carol.Password}   authenticator secret {carol.Totp}

            5  Prove that the log is whole, while the gateway runs:

                 bastion audit verify --data {Shown(host.Gateway.Data.Root)}

            `bastion` is `dotnet run --project src/Bastion.Cli --` in a checkout. Ctrl-C ends the demo; the directory stays.

            """);
    }

    private static string Shown(string path)
    {
        string relative = Path.GetRelativePath(Environment.CurrentDirectory, path);
        return relative.StartsWith("..", StringComparison.Ordinal) ? path : relative;
    }
}
