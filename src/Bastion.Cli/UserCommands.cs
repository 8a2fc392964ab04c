using System.CommandLine;
using System.Security.Cryptography;
using Bastion.Control;
using Bastion.Control.Authentication;
using Bastion.Policy;
using Bastion.Server.Hosting;
using OtpNet;
using QRCoder;

namespace Bastion.Cli;

/// <summary>`bastion user …`: the secrets of people. Who they are and what they may do stands in the policy.</summary>
internal static class UserCommands
{
    /// <summary>In bytes: what RFC 4226 section 4 recommends.</summary>
    private const int TotpSecretLength = 20;

    /// <summary>In characters; a password that somebody chose. One that is made has more.</summary>
    private const int MinimumPasswordLength = 12;

    private const int MadePasswordBytes = 15;

    public static Command Create() => new("user", "Passwords and authenticators of people.") { Add(), Totp(), Code() };

    private static Command Add()
    {
        Argument<string> name = NameArgument();
        Option<string> config = ServeCommand.ConfigOption();
        var fromInput = new Option<bool>("--password-stdin")
        {
            Description = "Read the password from standard input instead of making one.",
        };
        var command = new Command("add", "Give a person of the policy a password and an authenticator.") { name, config,
            fromInput };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (BastionOptions options, string user) = Known(parsed.GetValue(config)!, parsed.GetValue(name)!);
            string password = parsed.GetValue(fromInput)
                ? Chosen(await Console.In.ReadLineAsync(cancellationToken))
                : Base32Encoding.ToString(RandomNumberGenerator.GetBytes(MadePasswordBytes)).ToLowerInvariant();
            byte[] secret = RandomNumberGenerator.GetBytes(TotpSecretLength);
            using var storage = OfflineStorage.Open(options);
            await Enrolment.SetAsync(storage.UserSecrets, user, password, secret, cancellationToken);
            if (!parsed.GetValue(fromInput))
            {
                Console.WriteLine($"password: {password}");
            }

            WriteSecret(user, secret);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Totp()
    {
        Argument<string> name = NameArgument();
        Option<string> config = ServeCommand.ConfigOption();
        var command =
            new Command("totp", "Give a person a new authenticator; the old one stops working.") { name, config };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            (BastionOptions options, string user) = Known(parsed.GetValue(config)!, parsed.GetValue(name)!);
            byte[] secret = RandomNumberGenerator.GetBytes(TotpSecretLength);
            using var storage = OfflineStorage.Open(options);
            await Enrolment.SetAsync(storage.UserSecrets, user, password: null, secret, cancellationToken);
            WriteSecret(user, secret);
            return ExitCodes.Success;
        });
        return command;
    }

    private static Command Code()
    {
        var secret = new Argument<string>("secret") { Description = "The authenticator's secret, in base32." };
        var command =
            new Command("code", "Print the code an authenticator would show now. For trying things out.") { secret };
        command.SetAction(parsed =>
        {
            var totp = new Totp(Decoded(parsed.GetValue(secret)!));
            DateTime now = TimeProvider.System.GetUtcNow().UtcDateTime;
            Console.WriteLine($"{totp.ComputeTotp(now)} ({totp.RemainingSeconds(now)} s)");
            return ExitCodes.Success;
        });
        return command;
    }

    private static Argument<string> NameArgument() => new("name")
    {
        Description = "The person, as the policy calls her.",
    };

    private static (BastionOptions Options, string User) Known(string config, string user)
    {
        BastionOptions options = Configuration.Load(config);
        PolicySnapshot policy = PolicyCommands.Load(options.PolicyDirectory, Console.Error);
        return policy.People.ContainsKey(user)
            ? (options, user)
            : throw new CommandFailedException(
                $"`{VisibleText.Of(user)}` is nobody in the policy `{options.PolicyDirectory}`; add the person to "
                    + "`people` there first");
    }

    private static string Chosen(string? password) => password switch
    {
        null or { Length: < MinimumPasswordLength } => throw new CommandFailedException(
            $"a password has at least {MinimumPasswordLength} characters"),
        { Length: > PasswordHash.MaximumPasswordLength } => throw new CommandFailedException(
            $"a password has at most {PasswordHash.MaximumPasswordLength} characters"),
        _ => password,
    };

    private static byte[] Decoded(string secret)
    {
        try
        {
            return Base32Encoding.ToBytes(secret);
        }
        catch (ArgumentException)
        {
            throw new CommandFailedException("the secret is not base32: letters A to Z and digits 2 to 7");
        }
    }

    private static void WriteSecret(string user, byte[] secret)
    {
        string uri = CredentialVerifier.EnrolmentUri(user, secret);
        Console.WriteLine($"authenticator secret: {Base32Encoding.ToString(secret)}");
        Console.WriteLine(uri);
        if (!Console.IsOutputRedirected)
        {
            using QRCodeData data = QRCodeGenerator.GenerateQrCode(uri, QRCodeGenerator.ECCLevel.M);
            using var code = new AsciiQRCode(data);
            Console.WriteLine(code.GetGraphicSmall());
        }
    }
}
