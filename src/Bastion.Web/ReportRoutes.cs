using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Control.Evidence;
using Bastion.Policy;
using Bastion.Followers.Anomalies;
using Bastion.Followers.Reports;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Bastion.Web;

/// <summary>Anomalies and reports, for auditors.</summary>
internal static class ReportRoutes
{
    private const int MaximumListed = 100;
    private const int MaximumDays = 366;

    public static void MapReportRoutes(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/anomalies", ListAnomaliesAsync).WithTags("reports").RequireRight(ConsoleRights.ReportsRead)
            .Produces<IReadOnlyList<AnomalyView>>().ProducesProblem(403);
        RouteGroupBuilder reports = routes.MapGroup("/api/reports").WithTags("reports")
            .RequireRight(ConsoleRights.ReportsRead);
        reports.MapGet("/", List).Produces<IReadOnlyList<ReportView>>().ProducesProblem(403);
        reports.MapPost("/", MakeAsync).Produces<ReportView>().ProducesProblem(400).ProducesProblem(403);
        reports.MapGet("/{id}/{file}", FileAsync).Produces(200, contentType: "application/octet-stream")
            .ProducesProblem(403).ProducesProblem(404);
    }

    private static async Task<IResult> ListAnomaliesAsync(HttpContext http, AnomalyBoard board, EvidenceLog evidence)
    {
        await RecordLookAsync(http, evidence, "anomalies", null);
        return TypedResults.Ok(board.List());
    }

    private static Ok<IReadOnlyList<ReportView>> List(ReportStore store) =>
        TypedResults.Ok<IReadOnlyList<ReportView>>([.. store.List(MaximumListed).Select(id => ViewOf(store, id))]);

    /// <summary>Makes one of the last so many days now, and sends it as those by the clock.</summary>
    private static async Task<IResult> MakeAsync(
        MakeReportBody body, HttpContext http, ReportService service, ReportStore store, WebOptions options,
        TimeProvider time, CancellationToken cancellationToken)
    {
        if (body.Days is < 1 or > MaximumDays)
        {
            return Problem.Because(400, $"`days` is a number from 1 to {MaximumDays}");
        }

        DateTimeOffset now = time.GetUtcNow();
        MadeReport made = await service.MakeAsync(
            "asked", new ReportPeriod(now.AddDays(-body.Days), now, options.Reports.Zone), Caller.Of(http.User).Name,
            cancellationToken);
        return TypedResults.Ok(ViewOf(store, made.Data.Head.Id));
    }

    private static async Task<IResult> FileAsync(string id, string file, HttpContext http, ReportStore store,
        EvidenceLog evidence)
    {
        // Only what the store itself lists is opened: nothing here becomes a path by being asked for.
        if (!store.List(int.MaxValue).Contains(id) || !ViewOf(store, id).Files.Contains(file))
        {
            return Problem.NotFound("report");
        }

        await RecordLookAsync(http, evidence, "report", $"{id}/{file}");
        return TypedResults.PhysicalFile(Path.Combine(store.DirectoryOf(id), file), "application/octet-stream", file);
    }

    private static ReportView ViewOf(ReportStore store, string id) => new(
        id, [.. new DirectoryInfo(store.DirectoryOf(id)).EnumerateFiles().Select(file => file.Name)
            .Order(StringComparer.Ordinal)]);

    private static async ValueTask RecordLookAsync(HttpContext http, EvidenceLog evidence, string what,
        string? query) =>
        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = Caller.Of(http.User).Name,
            What = what,
            Query = OptionalText.OrNone(query),
            Source = Caller.AddressOf(http),
        });
}

internal sealed record MakeReportBody(int Days);

internal sealed record ReportView(string Id, IReadOnlyList<string> Files);
