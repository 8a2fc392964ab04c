namespace Bastion.Web;

/// <summary>The pages of the web client and their parts. They hold nothing secret: what they show comes from the
/// API.</summary>
internal static class ClientRoutes
{
    public const string Console = "/console";

    private static readonly string[] GetAndHead = [HttpMethods.Get, HttpMethods.Head];

    public static void MapClientRoutes(this IEndpointRouteBuilder routes)
    {
        var files = new ClientFiles();
        RouteGroupBuilder group = routes.MapGroup("").AllowAnonymous().ExcludeFromDescription();
        Map("/", _ => "approve.html");

        // The address that terminals and notifications give for one request.
        Map("/r/{id}", _ => "approve.html");
        Map(Console, _ => "console.html");
        Map("/app/{**name}", http => (string?)http.Request.RouteValues["name"] ?? "");

        void Map(string pattern, Func<HttpContext, string> file) =>
            group.MapMethods(pattern, GetAndHead, http => files.SendAsync(http, file(http)));
    }
}
