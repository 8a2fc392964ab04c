using Bastion.Audit.Recordings;
using Bastion.Audit.Storage;
using Bastion.Control;
using Bastion.Followers;
using Bastion.Followers.Anomalies;
using Bastion.Followers.Archive;
using Bastion.Followers.Notifications;
using Bastion.Followers.Reports;
using Bastion.Followers.Retention;
using Bastion.Followers.Shipping;
using Bastion.Followers.Telemetry;
using Bastion.Followers.Witnesses;
using Bastion.Policy;
using Bastion.Server.Telemetry;
using Bastion.Storage;
using Bastion.Web;
using Bastion.Web.Recordings;
using Bastion.Web.Telemetry;

namespace Bastion.Server.Hosting;

internal static class GatewayRegistration
{
    /// <summary>Gives the parts of the gateway to whoever is made by the container. The gateway owns them, not the
    /// container.</summary>
    public static void AddGateway(this IServiceCollection services, Gateway gateway)
    {
        services.AddSingleton(gateway);
        services.AddSingleton(gateway.Options);
        services.AddSingleton<WebOptions>(gateway.Options);
        services.AddSingleton<FollowerOptions>(gateway.Options);
        services.AddSingleton(gateway.Time);
        services.AddSingleton(gateway.Evidence);
        services.AddSingleton(gateway.JournalReader);
        services.AddSingleton(gateway.Recordings);
        services.AddSingleton(gateway.Receipts);
        services.AddSingleton<RecordingSeeker>();
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
        services.AddReports(gateway);
        services.AddRetention(gateway);
        services.AddWitnesses(gateway);
        services.AddHostedService<Housekeeping>();
        services.AddHostedService<PolicyWatch>();
    }

    private static void AddReports(this IServiceCollection services, Gateway gateway)
    {
        NotificationOptions notifications = gateway.Options.Notifications;
        RequireSecrets(notifications);
        if (notifications.Mail is { } mail)
        {
            services.AddSingleton<IChannel>(new MailChannel(mail, gateway.Options.JournalName));
        }

        services.AddSingleton<IChannel>(_ => new WebhookChannel(
            notifications.Webhooks, new HttpClient(Outbound.HttpHandler()) { Timeout = WebhookTimeout },
            gateway.Options.JournalName, gateway.Time));
        services.AddSingleton(gateway.Signer);
        services.AddSingleton(gateway.Outbox);
        services.AddSingleton(gateway.Messenger);
        services.AddSingleton(gateway.Reports);
        services.AddSingleton(gateway.Cursors);
        services.AddSingleton<Notices>();
        services.AddSingleton<AnomalyBoard>();
        services.AddSingleton<ReportService>();
        services.AddHostedService(provider => provider.GetRequiredService<ReportService>());
        services.AddHostedService<DeliveryService>();
        services.AddHostedService<JournalWatch>();
    }

    private static readonly TimeSpan WebhookTimeout = TimeSpan.FromSeconds(30);

    /// <summary>What is wrong is said at the start, not at the first report a week later.</summary>
    private static void RequireSecrets(NotificationOptions notifications)
    {
        try
        {
            List<string?> files =
                [notifications.Mail?.PasswordFile, .. notifications.Webhooks.Select(webhook => webhook.SecretFile)];
            files.ForEach(file => _ = file is null ? [] : SecretFile.Read(file));
            _ = notifications.Mail?.AuthorityFile is { } authorities ? SecretFile.Authorities(authorities) : null;
        }
        catch (Exception failure) when (failure is DataDirectoryException or IOException or UnauthorizedAccessException
            or InvalidDataException or System.Security.Cryptography.CryptographicException)
        {
            throw new GatewayStartException([$"notify: {failure.Message}"], failure);
        }
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

    private static void AddWitnesses(this IServiceCollection services, Gateway gateway)
    {
        gateway.Health.AddWarnings(gateway.Witnesses.Warnings);
        gateway.Health.AddObjection("witness", gateway.Witnesses.WhyNot);
        services.AddSingleton(gateway.Witnesses);
        services.AddSingleton<WitnessMetrics>();
        services.AddHostedService<WitnessService>();
    }

    private static void AddRetention(this IServiceCollection services, Gateway gateway)
    {
        RetentionOptions options = gateway.Options.Retention;
        if (options.Days < RetentionOptions.DaysWithoutReason
            && (string.IsNullOrWhiteSpace(options.Reason) || options.ReasonBy is not { } by
                || !gateway.Policies.Current.ConsoleRightsOf(new PolicyPrincipal(by))
                .HasFlag(ConsoleRights.PolicyApprove)))
        {
            throw new GatewayStartException(
            [
                $"retention: less than {RetentionOptions.DaysWithoutReason} days needs a `reason`, and in `by` the "
                    + "name of a person who administers security in the policy",
            ]);
        }

        services.AddSingleton(_ => new RetentionLedger(
            new JournalFeed(gateway.Data.Root, gateway.Options.JournalName, () => gateway.Journal.Size,
                PhysicalFileSystem.Instance), options, gateway.Time));
        services.AddSingleton<HoldDesk>();
        services.AddSingleton(provider =>
            new RecordingShredder(gateway.Journal, gateway.Data.Root, provider.GetRequiredService<RetentionLedger>()));
        services.AddSingleton<RetentionService>();
        services.AddHostedService(provider => provider.GetRequiredService<RetentionService>());
    }
}
