using Bastion.Web.Telemetry;
using Bastion.Control.Health;
using Bastion.Audit;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bastion.Web;

/// <summary>For those who run the gateway, and for machines: the head of the journal, health, measurements.</summary>
internal static class OperationRoutes
{
    /// <summary>Balancers ask by HEAD as well.</summary>
    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapOperationRoutes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/audit/checkpoint", CheckpointAsync).WithTags("audit").RequireRight(ConsoleRights.AuditRead)
            .Produces<string>(200, "text/plain").ProducesProblem(403).ProducesProblem(503);
        routes.MapMethods("/healthz", GetAndHead, Health).WithTags("operation").AllowAnonymous()
            .Produces<HealthView>().Produces<HealthView>(503);
        routes.MapGet("/metrics", Metrics).WithTags("operation").AllowAnonymous()
            .Produces<string>(200, PrometheusText.ContentType).ProducesProblem(403);
    }

    /// <summary>The latest signed head of the log, as a C2SP checkpoint, over everything that is durable now.</summary>
    private static async Task<IResult> CheckpointAsync(HttpContext http, Journal journal, EvidenceLog evidence)
    {
        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = Caller.Of(http.User).Name,
            What = "checkpoint",
            Source = Caller.AddressOf(http),
        });
        return (await journal.CheckpointAsync() ?? journal.LatestCheckpoint) is { } checkpoint
            ? TypedResults.Text(checkpoint.ToString(), "text/plain; charset=utf-8")
            : Problem.Because(503, "the journal has no checkpoint yet");
    }

    /// <summary>Says no more than a balancer needs to know; the reasons are in the log and in `bastion
    /// doctor`.</summary>
    private static JsonHttpResult<HealthView> Health(GatewayHealth health)
    {
        IReadOnlyList<string> faults = health.Faults();
        return TypedResults.Json(
            new HealthView(faults.Count == 0 ? "ok" : "failing", faults, health.Warnings()),
            statusCode: faults.Count == 0 ? 200 : 503);
    }

    /// <summary>Figures for the machine itself only; a proxy in front adds a header, and then it is not this machine
    /// that asks.</summary>
    private static IResult Metrics(HttpContext http, PrometheusText metrics) =>
        Caller.IsThisMachine(http)
            ? TypedResults.Text(metrics.Write(), PrometheusText.ContentType)
            : Problem.Because(403, "metrics are read from the gateway's own machine");
}

internal sealed record HealthView(string Status, IReadOnlyList<string> Faults, IReadOnlyList<string> Warnings);
