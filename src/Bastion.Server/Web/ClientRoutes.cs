namespace Bastion.Server.Web;

/// <summary>The pages of the web client and their parts. They hold nothing secret: what they show comes from the API.</summary>
internal static class ClientRoutes
{
    public const string Console = "/console";

    public static void MapClientRoutes(this IEndpointRouteBuilder routes)
    {
        var files = new ClientFiles();
        var group = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        group.MapGet("/", http => files.SendAsync(http, "approve.html"));

        // The address that terminals and notifications give for one request.
        group.MapGet("/r/{id}", http => files.SendAsync(http, "approve.html"));
        group.MapGet(Console, http => files.SendAsync(http, "console.html"));
        group.MapGet("/app/{**name}", http => files.SendAsync(http, (string?)http.Request.RouteValues["name"] ?? ""));
    }
}
