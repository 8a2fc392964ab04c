using System.Net;
using System.Security.Claims;
using Bastion.Policy;
using Microsoft.IdentityModel.JsonWebTokens;

namespace Bastion.Web;

/// <summary>Who asks, in the words of the policy.</summary>
internal static class Caller
{
    /// <summary>Only for routes behind authentication.</summary>
    public static PolicyPrincipal Of(ClaimsPrincipal user) => new(
        user.FindFirstValue(JwtRegisteredClaimNames.Sub)
        ?? throw new InvalidOperationException("an authenticated request without a subject"));

    public static string FamilyOf(ClaimsPrincipal user) => user.FindFirstValue(AccessTokens.FamilyClaim) ?? "";

    /// <summary>Asked from the gateway's own machine, and not through a proxy that runs there.</summary>
    public static bool IsThisMachine(HttpContext http) =>
        IPAddress.IsLoopback(http.Connection.RemoteIpAddress ?? IPAddress.None)
        && !http.Request.Headers.Keys.Any(name =>
            name.StartsWith("X-Forwarded-", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("X-Original-", StringComparison.OrdinalIgnoreCase)
            || name.Equals("Forwarded", StringComparison.OrdinalIgnoreCase));

    /// <summary>The peer's address; IPv4 in its own form also on a dual-stack socket.</summary>
    public static string AddressOf(HttpContext http)
    {
        IPAddress? address = http.Connection.RemoteIpAddress;
        return address is null ? "unknown" : (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
    }
}
