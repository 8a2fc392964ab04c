using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Witnesses;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Bastion.Followers.Witnesses;

/// <summary>
/// A C2SP tlog-witness: `POST /add-checkpoint`; besides, `GET /checkpoint?log=NAME` gives out the newest checkpoint
/// that it cosigned, for verifiers, and `GET /healthz` fails while a log was refused or is silent, for whoever watches
/// the watcher.
/// </summary>
public sealed class WitnessHost : IAsyncDisposable
{
    /// <summary>Media type of a 409's body, by the specification.</summary>
    private const string SizeType = "text/x.tlog.size";

    private readonly WitnessHostOptions _options;
    private readonly Witness _witness;
    private readonly TimeProvider _time;
    private readonly Action<string> _say;
    private readonly DateTimeOffset _started;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, WitnessAnswer> _refused = new(StringComparer.Ordinal);
    private WebApplication? _app;
    private ListenOptions? _listener;

    private WitnessHost(WitnessHostOptions options, TimeProvider time, Action<string> say)
    {
        (_options, _time, _say, _started) = (options, time, say, time.GetUtcNow());
        _witness = new Witness(options.Logs, options.Signer, options.Directory, time);
    }

    public Uri Url => new($"{(_options.CertificateFile is null ? "http" : "https")}://{_listener?.IPEndPoint}/");

    /// <summary>Listens. Returns when the port answers.</summary>
    /// <param name="say">Gets a line for each checkpoint that is refused.</param>
    /// <exception cref="InvalidDataException">What it kept was changed.</exception>
    /// <exception cref="IOException">The port is taken.</exception>
    public static async Task<WitnessHost> StartAsync(
        WitnessHostOptions options, TimeProvider time, Action<string> say, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var host = new WitnessHost(options, time, say);
        // A witness whose memory was taken from it must not begin anew in silence.
        foreach (NoteVerifierKey log in options.Logs)
        {
            _ = host._witness.Newest(log.Name);
        }

        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions
        {
            EnvironmentName = Environments.Production,
            ContentRootPath = AppContext.BaseDirectory,
        });
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(host.Listen);
        WebApplication app = builder.Build();
        app.MapPost("/add-checkpoint", (Delegate)host.AddAsync);
        app.MapGet("/checkpoint", host.Newest);
        app.MapGet("/healthz", host.Health);
        host._app = app;
        await app.StartAsync(cancellationToken);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is { } app)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }

    private void Listen(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxRequestBodySize = WitnessRequest.MaximumLength;
        kestrel.Listen(_options.Listen, listen =>
        {
            _listener = listen;
            if (_options.CertificateFile is { } certificate)
            {
                listen.UseHttps(X509Certificate2.CreateFromPemFile(certificate, _options.CertificateKeyFile));
            }
        });
    }

    private async Task<IResult> AddAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
        WitnessRequest? request;
        try
        {
            if (!WitnessRequest.TryParse(await reader.ReadToEndAsync(http.RequestAborted), out request))
            {
                return TypedResults.StatusCode((int)WitnessVerdict.Malformed);
            }
        }
        catch (DecoderFallbackException)
        {
            return TypedResults.StatusCode((int)WitnessVerdict.Malformed);
        }

        WitnessAnswer answer = _witness.Add(request);
        Note(request.Checkpoint.Origin, answer);
        return answer switch
        {
            { Cosignature: { } cosignature } => TypedResults.Text(cosignature + "\n", "text/plain; charset=utf-8"),
            { Verdict: WitnessVerdict.Conflict } => TypedResults.Text(
                answer.Size.ToString(CultureInfo.InvariantCulture) + "\n", SizeType,
                statusCode: (int)WitnessVerdict.Conflict),
            _ => TypedResults.StatusCode((int)answer.Verdict),
        };
    }

    /// <summary>One line for a refusal, not one for each of its repetitions.</summary>
    private void Note(string origin, WitnessAnswer answer)
    {
        // What anybody may send who has no key of the log is no news.
        if (answer.Verdict is WitnessVerdict.UnknownLog or WitnessVerdict.NotSigned)
        {
            return;
        }

        lock (_lock)
        {
            if (answer.Cosignature is not null)
            {
                _refused.Remove(origin);
            }
            else if (answer.Objection is { } objection)
            {
                if (!_refused.TryGetValue(origin, out WitnessAnswer? before) || before.Verdict != answer.Verdict)
                {
                    _say($"{_time.GetUtcNow():u} refused: {objection}");
                }

                _refused[origin] = answer;
            }
        }
    }

    private IResult Newest(string? log) =>
        _witness.Newest(log ?? _options.Logs[0].Name) is { } checkpoint
            ? TypedResults.Text(checkpoint.ToString(), "text/plain; charset=utf-8")
            : TypedResults.StatusCode((int)HttpStatusCode.NotFound);

    private ContentHttpResult Health()
    {
        List<string> faults = [.. _options.Logs.Select(log => log.Name).Distinct().Select(FaultOf).OfType<string>()];
        return TypedResults.Text(
            faults.Count == 0 ? "ok\n" : string.Join('\n', faults) + "\n", "text/plain; charset=utf-8",
            statusCode: faults.Count == 0 ? 200 : 503);
    }

    private string? FaultOf(string origin)
    {
        lock (_lock)
        {
            if (_refused.TryGetValue(origin, out WitnessAnswer? refused))
            {
                return $"refused: {refused.Objection}";
            }
        }

        DateTimeOffset? last = _witness.Newest(origin) is { } held
            ? Cosignature.CosignedAt(held, _options.Signer.VerifierKey)
            : null;
        TimeSpan silent = _time.GetUtcNow() - (last is { } at && at > _started ? at : _started);
        return silent < _options.Silence
            ? null
            : $"silent: `{origin}` has shown no checkpoint for {silent.TotalMinutes:F0} minutes";
    }
}
