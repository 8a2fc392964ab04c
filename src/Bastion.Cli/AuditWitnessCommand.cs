using System.CommandLine;
using System.Net;
using Bastion.Audit.Notes;
using Bastion.Control;
using Bastion.Followers.Witnesses;

namespace Bastion.Cli;

/// <summary>`bastion audit witness`: cosigns a gateway's checkpoints on somebody else's machine, until SIGTERM or
/// Ctrl-C.</summary>
internal static class AuditWitnessCommand
{
    public static Command Create()
    {
        var key = new Option<string>("--key")
        {
            Description = "The file with the witness's private key; made when it is missing.",
            Required = true,
        };
        var name = new Option<string>("--name")
        {
            Description = "The name of a key that is made.",
            DefaultValueFactory = _ => Environment.MachineName.ToLowerInvariant() + "/witness",
        };
        var logs = new Option<string[]>("--log-key")
        {
            Description =
                "The public key of a journal to watch (`DATA/journal/key` of the gateway), or a file that holds it. "
                + "May be given again.",
            Required = true,
        };
        var listen = new Option<string>("--listen")
        {
            Description = "Address and port.",
            DefaultValueFactory = _ => "127.0.0.1:9633",
        };
        var state = new Option<string?>("--state")
        {
            Description = "Where the newest checkpoints are kept; without it, `witnessed` beside the key.",
        };
        var certificate = new Option<string?>("--certificate") { Description = "PEM, to serve HTTPS." };
        var certificateKey = new Option<string?>("--certificate-key")
        {
            Description = "PEM with the certificate's key.",
        };
        var silence = new Option<int>("--silence")
        {
            Description = "In minutes: `/healthz` fails when a journal shows nothing for so long.",
            DefaultValueFactory = _ => 60,
        };
        var command =
            new Command("witness", "Cosign a gateway's checkpoints, on a machine that its administrators do not hold.")
        {
            key, name, logs, listen, state, certificate, certificateKey, silence,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string keyFile = Path.GetFullPath(parsed.GetValue(key)!);
            Ed25519NoteSigner signer = Signer(keyFile, parsed.GetValue(name)!);
            var options = new WitnessHostOptions
            {
                Signer = signer,
                Logs = [.. parsed.GetValue(logs)!.Select(AuditVerifyCommand.ReadKey)],
                Directory = Path.GetFullPath(parsed.GetValue(state)
                    ?? Path.Combine(Path.GetDirectoryName(keyFile)!, "witnessed")),
                Listen = IPEndPoint.TryParse(parsed.GetValue(listen)!, out IPEndPoint? at)
                    ? at
                    : throw new CommandFailedException(
                    $"`{VisibleText.Of(parsed.GetValue(listen)!)}` is no address and port; expected such as "
                        + "0.0.0.0:9633", ExitCodes.Usage),
                CertificateFile = parsed.GetValue(certificate),
                CertificateKeyFile = parsed.GetValue(certificateKey),
                Silence = TimeSpan.FromMinutes(parsed.GetValue(silence)),
            };
            await RunAsync(options, cancellationToken);
            return ExitCodes.Success;
        });
        return command;
    }

    private static async Task RunAsync(WitnessHostOptions options, CancellationToken cancellationToken)
    {
        try
        {
            await using WitnessHost host =
                await WitnessHost.StartAsync(options, TimeProvider.System, Say, cancellationToken);
            Console.WriteLine($"ready {host.Url} key={options.Signer.VerifierKey}");
            var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using CancellationTokenRegistration end = cancellationToken.Register(() => stopped.TrySetResult());
            await stopped.Task;
        }
        catch (InvalidDataException failure)
        {
            throw new CommandFailedException(failure.Message);
        }
    }

    private static void Say(string line) => Console.Error.WriteLine($"bastion: {VisibleText.Of(line)}");

    private static Ed25519NoteSigner Signer(string file, string name)
    {
        try
        {
            var signer = Ed25519NoteSigner.LoadOrCreate(file, name, type: NoteKeyType.Cosignature);
            return signer.VerifierKey.Type == NoteKeyType.Cosignature
                ? signer
                : throw new CommandFailedException(
                $"`{file}` is a key that signs journals; a witness needs one of its own: name a file that does not "
                    + "exist yet");
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException)
        {
            throw new CommandFailedException(failure.Message);
        }
    }
}
