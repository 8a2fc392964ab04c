using System.CommandLine;
using System.Net;
using System.Text;
using System.Text.Json;
using Bastion.Cli.Demo.Machine;
using Bastion.Cli.Demo.Posix;
using Bastion.Cli.Demo.Target;
using Bastion.Server.Hosting;
using Bastion.Storage;
using Bastion.Ssh.Keys;

namespace Bastion.Cli.Demo;

/// <summary>`bastion demo`: a whole gateway with a target and three people, on loopback, in one directory.</summary>
internal static class DemoCommand
{
    private const string Credential = "demo/orders-db";
    private static readonly string[] Names = ["alice", "bob", "carol"];

    public static Command Create()
    {
        var data = new Option<string>("--data")
        {
            Description = "Where everything is kept. The same directory again goes on with what is there.",
            DefaultValueFactory = _ => "demo-data",
        };
        var ssh = new Option<int>("--ssh-port")
        {
            Description = "0 takes a free one.",
            DefaultValueFactory = _ => 2222,
        };
        var web = new Option<int>("--web-port")
        {
            Description = "0 takes a free one.",
            DefaultValueFactory = _ => 8080,
        };
        var compatible = new Option<bool>("--compatible")
        {
            Description = "Also offer older algorithms: NIST curves, ECDSA host keys.",
        };
        var json = new Option<bool>("--json") { Description = "Print one JSON line when ready, and nothing else." };
        var unconfined = new Option<bool>(TargetMachines.UnconfinedOption)
        {
            Description = "As root, where the kernel gives the target no namespaces: run it all the same, as an "
                + "otherwise unused user.",
        };
        var command = new Command("demo", "Run a gateway with a demo target: five minutes, nothing to configure.") {
            data, ssh, web, compatible, json, unconfined };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            return await RunAsync(
                new BastionOptions
                {
                    DataDirectory = parsed.GetValue(data)!,
                    PolicyDirectory = "",
                    SshAddress = IPAddress.Loopback,
                    SshPort = parsed.GetValue(ssh),
                    ClientAlgorithms = parsed.GetValue(compatible)
                        ? ClientAlgorithms.Compatible
                        : ClientAlgorithms.Modern,
                    WebAddress = IPAddress.Loopback,
                    WebPort = parsed.GetValue(web),
                    JournalName = "bastion-demo",
                    LogToConsole = false,
                },
                new DemoChoices(parsed.GetValue(json), parsed.GetValue(unconfined)),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        BastionOptions options, DemoChoices choices, CancellationToken cancellationToken)
    {
        // Said at once: what comes takes a moment, and longer on a machine under load.
        if (!choices.Json)
        {
            Console.WriteLine(
                $"Starting the demo in `{options.DataDirectory}`: a gateway, a target and three people …");
        }

        // The directory is made private before anything secret is written into it.
        DataDirectory.Open(options.DataDirectory).Dispose();
        var files = new DemoFiles(options.DataDirectory);
        using var poller = new DescriptorPoller();
        Task<ITargetMachine> booting =
            TargetMachines.StartAsync(poller, choices.UnconfinedTarget, Tell, cancellationToken);
        DemoPerson[] people = [.. Names.Select(name => DemoPerson.LoadOrCreate(files.Root, name))];
        string gatewayKey = KeyFile(files, "gateway_key");
        using var gatewayIdentity = SshPrivateKey.Load(gatewayKey);
        using var targetHostKey = SshPrivateKey.Load(KeyFile(files, "target_host_key"));
        await using ITargetMachine machine = await booting;
        await using var target = DemoTarget.Start(targetHostKey, gatewayIdentity.PublicKey, machine);
        files.WritePolicy(people, target.Port, targetHostKey.PublicKey.ToString());

        await using BastionHost host = await Start.HostAsync(
            options with { PolicyDirectory = files.Policy }, cancellationToken);
        await host.Gateway.Vault.PutAsync(
            Credential, CredentialKind.PrivateKey, Encoding.UTF8.GetBytes(gatewayKey), cancellationToken);
        foreach (DemoPerson person in people)
        {
            await Enrolment.SetAsync(host.Gateway.UserSecrets, person.Name, person.Password, person.TotpSecret,
                cancellationToken);
        }

        IReadOnlyList<SshPrivateKey> hostKeys = HostKeys.LoadOrCreate(host.Gateway.Data.Keys);
        File.WriteAllLines(files.KnownHosts, HostKeys.KnownHostsLines(hostKeys, "127.0.0.1", host.SshEndPoint.Port));
        Announce(host, files, people, choices.Json);
        return await Start.RunAsync(host, cancellationToken);
    }

    /// <summary>Not on standard output, which with `--json` is one line.</summary>
    private static void Tell(string sentence) => Console.Error.WriteLine($"bastion: {sentence}");

    private static string KeyFile(DemoFiles files, string name)
    {
        string path = Path.Combine(files.Root, name);
        if (!File.Exists(path))
        {
            using var made = SshPrivateKey.Generate(SshKeyKind.Ed25519);
            DataDirectory.WritePrivateFile(path, Encoding.UTF8.GetBytes(made.ToOpenSsh(comment: name)));
        }

        return File.ReadAllText(path);
    }

    private static void Announce(BastionHost host, DemoFiles files, DemoPerson[] people, bool json)
    {
        if (json)
        {
            WriteJson(host, files, people);
            return;
        }

        DemoWalkthrough.Write(Console.Out, host, files, people);
        Console.WriteLine($"ready ssh=127.0.0.1:{host.SshEndPoint.Port} web={host.PublicUrl}");
    }

    private static void WriteJson(BastionHost host, DemoFiles files, DemoPerson[] people)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            writer.WriteStartObject("ssh");
            writer.WriteString("host", "127.0.0.1");
            writer.WriteNumber("port", host.SshEndPoint.Port);
            writer.WriteEndObject();
            writer.WriteString("web", host.PublicUrl);
            writer.WriteString("data", host.Gateway.Data.Root);
            writer.WriteString("knownHosts", files.KnownHosts);
            writer.WriteString("target", "orders-db");
            writer.WriteStartObject("users");
            foreach (DemoPerson person in people)
            {
                writer.WriteStartObject(person.Name);
                writer.WriteString("key", person.KeyFile);
                writer.WriteString("password", person.Password);
                writer.WriteString("totp", person.Totp);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }

    private sealed record DemoChoices(bool Json, bool UnconfinedTarget);
}
