using Bastion.Server.Archive;
using Bastion.Server.Shipping;
using Bastion.Server.Telemetry;
using Bastion.Server.Web;

namespace Bastion.Server.Hosting;

internal static class GatewayRegistration
{
    /// <summary>Gives the parts of the gateway to whoever is made by the container. The gateway owns them, not the container.</summary>
    public static void AddGateway(this IServiceCollection services, Gateway gateway)
    {
        services.AddSingleton(gateway);
        services.AddSingleton(gateway.Options);
        services.AddSingleton(gateway.Time);
        services.AddSingleton(gateway.Evidence);
        services.AddSingleton(gateway.JournalReader);
        services.AddSingleton(gateway.Recordings);
        services.AddSingleton(gateway.Receipts);
        services.AddSingleton(gateway.UserSecrets);
        services.AddSingleton<Control.Authentication.IUserSecrets>(gateway.UserSecrets);
        services.AddSingleton(gateway.Vault);
        services.AddSingleton(gateway.Credentials);
        services.AddSingleton(gateway.Logins);
        services.AddSingleton(gateway.Health);
        services.AddSingleton(gateway.Sessions);
        services.AddSingleton(gateway.Desk);
        services.AddSingleton(gateway.Gate);
        services.AddSingleton(gateway.Journal);
        services.AddSingleton(gateway.Policies);
        services.AddSingleton(_ => AccessTokens.LoadOrCreate(
            Path.Combine(gateway.Data.Keys, "access-tokens.pem"), gateway.Options.JournalName, gateway.Time));
        services.AddSingleton<SessionHistory>();
        services.AddSingleton<PrometheusText>();
        services.AddSingleton<GatewayMetrics>();
        services.AddShipping(gateway);
        services.AddArchive(gateway);
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<PolicyWatch>();
    }

    private static void AddShipping(this IServiceCollection services, Gateway gateway)
    {
        // Made here and not by the container: what is wrong with it is said before anything listens.
        var fleet = ShippingFleet.Create(gateway.Options, () => gateway.Journal.Size, gateway.Time);
        gateway.Health.AddWarnings(fleet.Warnings);
        services.AddSingleton(_ => fleet);
        services.AddSingleton<ShippingMetrics>();
        services.AddHostedService<ShippingService>();
    }

    private static void AddArchive(this IServiceCollection services, Gateway gateway)
    {
        var fleet = ArchiveFleet.Create(gateway.Options, () => gateway.Journal.Size, gateway.Time);
        gateway.Health.AddWarnings(fleet.Warnings);
        services.AddSingleton(_ => fleet);
        services.AddSingleton<ArchiveMetrics>();
        services.AddHostedService<ArchiveService>();
    }
}
