using System.CommandLine;
using System.Text;
using Bastion.Control;
using Bastion.Ssh.Keys;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>`bastion credential …`: what the gateway logs in to targets with. Secrets go in; they never come
/// out.</summary>
internal static class CredentialCommands
{
    public static Command Create() =>
        new("credential", "What the gateway logs in to targets with.") { Add(), List(), Remove() };

    private static Command Add()
    {
        var name = new Argument<string>("name") { Description = "As `accounts` of a target in the policy calls it." };
        Option<string> config = ServeCommand.ConfigOption();
        var keyFile = new Option<string?>("--key-file")
        {
            Description = "An OpenSSH or PEM private key, without a passphrase.",
        };
        var password = new Option<bool>("--password-stdin") { Description = "A password, read from standard input." };
        var command = new Command("add", "Put a credential into the vault; one of the same name is replaced.") { name,
            config, keyFile, password };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            string credential = parsed.GetValue(name)!;
            string? file = parsed.GetValue(keyFile);
            if (file is null == !parsed.GetValue(password))
            {
                throw new CommandFailedException("give one of --key-file FILE and --password-stdin", ExitCodes.Usage);
            }

            using var storage = OfflineStorage.Open(Configuration.Load(parsed.GetValue(config)!));
            if (file is not null)
            {
                (string text, string publicKey) = ReadKey(file);
                await storage.Vault.PutAsync(credential, CredentialKind.PrivateKey, Encoding.UTF8.GetBytes(text),
                    cancellationToken);
                Console.WriteLine($"`{credential}` holds the key {publicKey}");
                return ExitCodes.Success;
            }

            string secret = await Console.In.ReadLineAsync(cancellationToken) is { Length: > 0 } line
                ? line
                : throw new CommandFailedException("no password on standard input");
            await storage.Vault.PutPasswordAsync(credential, secret, cancellationToken);
            Console.WriteLine($"`{credential}` holds a password");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command List()
    {
        Option<string> config = ServeCommand.ConfigOption();
        var command = new Command("list", "The names in the vault.") { config };
        command.SetAction(parsed =>
        {
            using var storage = OfflineStorage.Open(Configuration.Load(parsed.GetValue(config)!));
            foreach (string name in storage.Vault.Names())
            {
                Console.WriteLine(name);
            }

            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("name") { Description = "The credential." };
        Option<string> config = ServeCommand.ConfigOption();
        var command = new Command("remove", "Take a credential out of the vault.") { name, config };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            using var storage = OfflineStorage.Open(Configuration.Load(parsed.GetValue(config)!));
            return await storage.Vault.RemoveAsync(parsed.GetValue(name)!, cancellationToken)
                ? ExitCodes.Success
                : throw new CommandFailedException($"the vault holds no `{VisibleText.Of(parsed.GetValue(name)!)}`");
        });
        return command;
    }

    private static (string Text, string PublicKey) ReadKey(string file)
    {
        try
        {
            string text = File.ReadAllText(file);
            using var key = SshPrivateKey.Load(text);
            return (text, key.PublicKey.Fingerprint);
        }
        catch (SshKeyException failure)
        {
            throw new CommandFailedException($"`{file}`: {failure.Message}");
        }
    }
}
