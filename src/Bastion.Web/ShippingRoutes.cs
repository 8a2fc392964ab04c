using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;
using Bastion.Followers.Shipping;

namespace Bastion.Web;

/// <summary>What was set aside because its destination refused it, for auditors: it is sent again when one of them
/// asks.</summary>
internal static class ShippingRoutes
{
    /// <summary>A destination that does not answer holds up its shipper, and whoever asks.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static void MapShippingRoutes(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/audit/shipping/{destination}/resend", ResendAsync).WithTags("audit")
        .RequireRight(ConsoleRights.AuditRead)
            .Produces<ResentView>().ProducesProblem(403).ProducesProblem(404).ProducesProblem(503);

    private static async Task<IResult> ResendAsync(
        string destination, HttpContext http, ShippingFleet fleet, EvidenceLog evidence, TimeProvider time,
        CancellationToken cancellationToken)
    {
        if (fleet.Lanes.FirstOrDefault(lane => lane.Options.Name == destination) is not { } lane)
        {
            return Problem.NotFound("destination");
        }

        try
        {
            ResentLetters resent = await lane.Shipper.ResendParkedAsync().WaitAsync(Patience, time, cancellationToken);
            await evidence.RecordAsync(new ShippingChanged
            {
                Destination = destination,
                State = "resent",
                Detail = $"{Caller.Of(http.User).Name}: {resent}",
                Position = lane.Monitor.Position,
            });
            return TypedResults.Ok(new ResentView(resent.Delivered, resent.Refused, resent.Left));
        }
        catch (TimeoutException)
        {
            return Problem.Because(503,
                $"`{destination}` does not take anything now; what was set aside is sent as soon as it does");
        }
    }
}

internal sealed record ResentView(int Delivered, int Refused, int Left);
