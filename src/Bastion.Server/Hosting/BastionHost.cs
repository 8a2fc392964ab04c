using System.Net;
using System.Reflection;
using System.Security.Cryptography.X509Certificates;
using Bastion.Audit.Records;
using Bastion.Control;
using Bastion.Control.Sessions;
using Bastion.Followers.Telemetry;
using Bastion.Server.Ssh;
using Bastion.Server.Telemetry;
using Bastion.Web;
using Bastion.Web.Telemetry;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Serilog;

namespace Bastion.Server.Hosting;

/// <summary>
/// One process: Kestrel with the SSH front door on one port and the web on another, over one <see cref="Gateway"/>.
/// The SSH side is whatever <see cref="ConnectionHandler"/> is registered.
/// </summary>
public sealed partial class BastionHost : IAsyncDisposable
{
    /// <summary>Time for sessions to be told and closed; after it they are cut.</summary>
    private static readonly TimeSpan ShutdownTime = TimeSpan.FromSeconds(10);

    /// <summary>For the last words to held commands to reach their clients.</summary>
    private static readonly TimeSpan FarewellTime = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan FarewellStep = TimeSpan.FromMilliseconds(20);

    /// <summary>In bytes. The largest body the API takes is a reason.</summary>
    private const long MaximumRequestBody = 64 * 1024;

    /// <summary>
    /// Else all that is written below the content root, recordings perhaps among it, wakes a thread that looks for
    /// settings there; ours are in <see cref="BastionOptions"/>.
    /// </summary>
    private const string NoWatching = "--hostBuilder:reloadConfigOnChange=false";

    private readonly WebApplication _app;
    private readonly Listeners _listeners;

    private BastionHost(Gateway gateway, WebApplication app, Listeners listeners)
    {
        Gateway = gateway;
        _app = app;
        _listeners = listeners;
    }

    public Gateway Gateway { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Where SSH is listened to, with the true port.</summary>
    public IPEndPoint SshEndPoint =>
        _listeners.Ssh?.IPEndPoint ?? throw new InvalidOperationException("no SSH front door is registered");

    public IPEndPoint WebEndPoint =>
        _listeners.Web?.IPEndPoint ?? throw new InvalidOperationException("the host has not started");

    /// <summary>How people reach the web pages, without a slash at the end.</summary>
    public string PublicUrl => PublicUrlOf(Gateway.Options, WebEndPoint);

    /// <summary>Opens the gateway and listens. Returns when both ports answer.</summary>
    /// <param name="configure">Adds to the container: the SSH front door and what it needs.</param>
    /// <exception cref="GatewayStartException">With what to mend.</exception>
    public static async Task<BastionHost> StartAsync(
        BastionOptions options, TimeProvider time, Action<IServiceCollection, Gateway>? configure,
        CancellationToken cancellationToken)
    {
        Gateway gateway = await Gateway.OpenAsync(options, time, cancellationToken);
        try
        {
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
            {
                EnvironmentName = Environments.Production,
                ContentRootPath = AppContext.BaseDirectory,
                Args = [NoWatching],
            });
            builder.WebHost.UseKestrelHttpsConfiguration();
            ConfigureLog(builder, options, gateway);
            builder.Services.AddGateway(gateway);
            builder.Services.AddWebApi();
            builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = ShutdownTime);
            configure?.Invoke(builder.Services, gateway);

            var listeners = new Listeners();
            builder.WebHost.ConfigureKestrel(kestrel => listeners.Add(kestrel, options));
            WebApplication app = builder.Build();
            app.UseWebApi();
            StartMetrics(app.Services);
            await app.StartAsync(cancellationToken);
            await gateway.Evidence.RecordAsync(new GatewayStarted
            {
                Version = Version,
                Host = Environment.MachineName,
                RecordingKey = gateway.RecordingOptions.Lock.ToString(),
                Witnesses = options.Witnesses is [_, ..] witnesses
                    ? [.. witnesses.Select(witness => witness.Key.ToString())]
                    : null,
            });
            return new BastionHost(gateway, app, listeners);
        }
        catch (IOException failure) when (failure.InnerException is AddressInUseException)
        {
            await gateway.DisposeAsync();
            throw new GatewayStartException([$"{failure.Message}; stop what listens there, or choose another port"],
                failure);
        }
        catch
        {
            await gateway.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Runs until SIGTERM, Ctrl-C or the token, or until it cannot go on. Disposing the host is what stops it, in
    /// order.
    /// </summary>
    public async Task<HostEnd> RunAsync(CancellationToken cancellationToken)
    {
        // Not WaitForShutdownAsync: that one stops Kestrel at once, under the feet of those who still wait for an
        // answer.
        var asked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using CancellationTokenRegistration signal =
            _app.Lifetime.ApplicationStopping.Register(() => asked.TrySetResult());
        using CancellationTokenRegistration cancelled = cancellationToken.Register(() => asked.TrySetResult());
        await Task.WhenAny(asked.Task, Gateway.StorageFailed);
        if (Gateway.StorageFailed.IsCompletedSuccessfully)
        {
            string reason = await Gateway.StorageFailed;
            ILogger<BastionHost> log = Services.GetRequiredService<ILogger<BastionHost>>();
            LogStorageFailed(log, reason);
            await TellAllAsync();
            await RefuseWhileShortOfDiskAsync(asked.Task);
            return new HostEnd.StorageFailed(reason);
        }

        return FailedService() is { } failed ? new HostEnd.Failed(failed) : new HostEnd.Asked();
    }

    /// <summary>Takes no new sessions, ends those that run, and closes the journal last.</summary>
    public async ValueTask DisposeAsync()
    {
        Gateway.Health.StopTakingSessions();
        await LetHeldCommandsEndAsync("the gateway is shutting down; nothing ran, try again in a minute");
        Gateway.Sessions.StopAll(Control.Sessions.SessionEndKind.Shutdown, "the gateway is shutting down");
        await _app.StopAsync();
        await _app.DisposeAsync();
        foreach (Session session in Gateway.Sessions.Live)
        {
            await Gateway.Sessions.EndAsync(
                session, Control.Sessions.SessionEndKind.Shutdown, "the gateway is shutting down");
        }

        await Gateway.Evidence.TryRecordAsync(new GatewayStopped { Reason = "shut down in order" });
        await Gateway.DisposeAsync();
    }

    /// <summary>Nothing can be recorded: whoever is there learns why she has to go.</summary>
    private async Task TellAllAsync()
    {
        await LetHeldCommandsEndAsync("the gateway cannot keep its evidence; nothing ran, try again in a minute");
        Gateway.Sessions.StopAll(
            Control.Sessions.SessionEndKind.EvidenceFailed, "the gateway cannot keep its evidence any more");
        using var enough = new CancellationTokenSource(ShutdownTime);
        while (Gateway.Sessions.Count > 0 && !enough.IsCancellationRequested)
        {
            await Task.Delay(FarewellStep, CancellationToken.None);
        }
    }

    /// <summary>While a start would fail too, whoever comes is told so: by exit code 75 and a sentence, not by a closed
    /// port.</summary>
    private async Task RefuseWhileShortOfDiskAsync(Task asked)
    {
        do
        {
            await Task.WhenAny(asked, Task.Delay(FarewellTime, CancellationToken.None));
        }
        while (!Gateway.Health.DiskSuffices() && !asked.IsCompleted);
    }

    /// <summary>The fault of a part that runs in the background, which has stopped the process.</summary>
    private string? FailedService() => Services.GetServices<IHostedService>().OfType<BackgroundService>()
        .Select(service => service.ExecuteTask is { IsFaulted: true, Exception: var fault }
            ? $"{service.GetType().Name} failed: {fault.InnerException?.Message}"
            : null)
        .FirstOrDefault(fault => fault is not null);

    /// <summary>Whoever waits for approval gets an answer and an exit code that says: try again.</summary>
    private async Task LetHeldCommandsEndAsync(string why)
    {
        IReadOnlyList<string> waiting = await Gateway.Desk.CloseAllAsync(why);
        using var enough = new CancellationTokenSource(FarewellTime);
        while (waiting.Any(id => Gateway.Sessions.Find(id) is not null) && !enough.IsCancellationRequested)
        {
            await Task.Delay(FarewellStep, CancellationToken.None);
        }
    }

    private static string Version =>
        typeof(BastionHost).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";

    internal static string PublicUrlOf(BastionOptions options, IPEndPoint web)
    {
        string scheme = options.WebCertificateFile is null ? "http" : "https";
        string host = IPAddress.IsLoopback(web.Address) ? "localhost" : web.Address.ToString();
        return options.PublicUrl?.TrimEnd('/') ?? $"{scheme}://{host}:{web.Port}";
    }

    /// <summary>They only listen, so nobody asks for them: made here, or they would never be.</summary>
    private static void StartMetrics(IServiceProvider services)
    {
        services.GetRequiredService<PrometheusText>();
        services.GetRequiredService<GatewayMetrics>();
        services.GetRequiredService<ShippingMetrics>();
        services.GetRequiredService<WitnessMetrics>();
        services.GetRequiredService<ArchiveMetrics>();
    }

    private static void ConfigureLog(WebApplicationBuilder builder, BastionOptions options, Gateway gateway) =>
        builder.Services.AddSerilog(log =>
        {
            log.MinimumLevel.Information()
                .MinimumLevel.Override("Microsoft", Serilog.Events.LogEventLevel.Warning)
                .WriteTo.File(
                    new Serilog.Formatting.Compact.CompactJsonFormatter(),
                    Path.Combine(gateway.Data.Logs, "bastion-.jsonl"),
                    rollingInterval: RollingInterval.Day,
                    fileSizeLimitBytes: 64 * 1024 * 1024,
                    rollOnFileSizeLimit: true,
                    retainedFileCountLimit: 14);
            if (options.LogToConsole)
            {
                log.WriteTo.Console(
                    standardErrorFromLevel: Serilog.Events.LogEventLevel.Verbose,
                    formatProvider: System.Globalization.CultureInfo.InvariantCulture);
            }
        });

    [LoggerMessage(Level = LogLevel.Critical, Message = "the gateway ends, to be started again: {Reason}")]
    private static partial void LogStorageFailed(Microsoft.Extensions.Logging.ILogger log, string reason);

    /// <summary>Kestrel's end points; the true ports stand in them once it has started.</summary>
    private sealed class Listeners
    {
        public ListenOptions? Ssh { get; private set; }

        public ListenOptions? Web { get; private set; }

        public void Add(KestrelServerOptions kestrel, BastionOptions options)
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaximumRequestBody;
            if (kestrel.ApplicationServices.GetService<ConnectionHandler>() is { } ssh)
            {
                kestrel.Listen(new SshEndPoint(options.SshAddress, options.SshPort), listen =>
                {
                    Ssh = listen;
                    listen.Run(ssh.OnConnectedAsync);
                });
            }

            kestrel.Listen(options.WebAddress, options.WebPort, listen =>
            {
                Web = listen;
                if (options.WebCertificateFile is { } certificate)
                {
                    listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, options.WebCertificateKeyFile));
                }
            });
        }
    }
}
