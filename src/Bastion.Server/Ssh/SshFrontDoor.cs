using System.Text;
using Bastion.Server.Hosting;
using Bastion.Storage;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;
using Microsoft.AspNetCore.Connections;

namespace Bastion.Server.Ssh;

/// <summary>Puts the SSH front door together from the parts of a gateway.</summary>
public static class SshFrontDoor
{
    /// <summary>Registers the <see cref="ConnectionHandler"/> that <see cref="BastionHost"/> listens with.</summary>
    public static void AddSshFrontDoor(this IServiceCollection services, Gateway gateway,
        IReadOnlyList<SshPrivateKey> hostKeys)
    {
        var options = new SshServerOptions()
        {
            HostKeys = [.. hostKeys],
            Algorithms = AlgorithmsOf(gateway.Options.ClientAlgorithms),
            TimeProvider = gateway.Time,
        };
        var studio = new RecordingStudio(
            gateway.Journal,
            gateway.RecordingOptions,
            gateway.Sessions,
            gateway.Options.KeptContent);
        var dialer = new TargetDialer(
            (name, _) => ValueTask.FromResult(gateway.Vault.Find(name) is { } found ? CredentialOf(found) : null),
            gateway.Time);
        var limiter = new StartupLimiter();
        services.AddHostedService(_ => new SshRehearsal(options));
        services.AddSingleton<IConnectionListenerFactory, SshListenerFactory>();
        services.AddSingleton<ConnectionHandler>(provider => new SshConnectionHandler(
            options, gateway.Policies, gateway.Credentials, gateway.Sessions, gateway.Gate, gateway.Analyzer,
            gateway.Evidence, studio, dialer, limiter,
            new RefusedConnections(gateway.Evidence, gateway.Time),
            new GatewayCommands(gateway.Sessions, gateway.Receipts, gateway.Evidence), gateway.Time,
            provider.GetRequiredService<ILoggerFactory>()));
    }

    private static SshAlgorithms AlgorithmsOf(ClientAlgorithms chosen) => chosen switch
    {
        ClientAlgorithms.Compatible => SshAlgorithms.ForServerCompatible,
        ClientAlgorithms.Light => SshAlgorithms.ForServerLight,
        _ => SshAlgorithms.ForServer,
    };

    private static SshCredential CredentialOf(TargetCredential found)
    {
        string secret = Encoding.UTF8.GetString(found.Secret.Span);
        return found.Kind == CredentialKind.PrivateKey
            ? new KeyCredential(SshPrivateKey.Load(secret))
            : new PasswordCredential(secret);
    }
}
