using Bastion.Control.Authentication;
using Bastion.Control.Policies;
using Bastion.Policy;
using Microsoft.AspNetCore.Authentication.JwtBearer;
using Microsoft.AspNetCore.Authorization;

namespace Bastion.Web;

/// <summary>A route asks for a right of the console; whether the caller has it is asked of the policy in
/// force.</summary>
internal sealed record ConsoleRightRequirement(ConsoleRights Right) : IAuthorizationRequirement;

internal sealed class ConsoleRightHandler(PolicyHolder policies) : AuthorizationHandler<ConsoleRightRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context,
        ConsoleRightRequirement requirement)
    {
        if (context.User.Identity?.IsAuthenticated == true
            && policies.Current.ConsoleRightsOf(Caller.Of(context.User)).HasFlag(requirement.Right))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}

internal static class WebAuthorization
{
    public static void AddWebAuthorization(this IServiceCollection services)
    {
        services.AddAuthentication(JwtBearerDefaults.AuthenticationScheme).AddJwtBearer();
        services.AddOptions<JwtBearerOptions>(JwtBearerDefaults.AuthenticationScheme)
            .Configure<AccessTokens>((options, tokens) =>
            {
                options.MapInboundClaims = false;
                options.TokenValidationParameters = tokens.Validation;
                options.Events = new JwtBearerEvents { OnTokenValidated = RequireLiveLoginAsync };
            });
        services.AddSingleton<IAuthorizationHandler, ConsoleRightHandler>();

        // A route that says nothing is closed: it needs a login, and rights are added by name.
        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build());
    }

    public static TBuilder RequireRight<TBuilder>(this TBuilder route, ConsoleRights right)
        where TBuilder : IEndpointConventionBuilder =>
        route.RequireAuthorization(policy =>
            policy.RequireAuthenticatedUser().AddRequirements(new ConsoleRightRequirement(right)));

    /// <summary>Signed out, signed out everywhere, left the firm: the token ends at once, not in five
    /// minutes.</summary>
    private static async Task RequireLiveLoginAsync(TokenValidatedContext context)
    {
        IServiceProvider services = context.HttpContext.RequestServices;
        PolicyPrincipal person = Caller.Of(context.Principal!);
        bool alive = IsActive(services.GetRequiredService<PolicyHolder>().Current, person.Name)
            && await services.GetRequiredService<RefreshTokens>().IsAliveAsync(
                Caller.FamilyOf(context.Principal!), person.Name, context.HttpContext.RequestAborted);
        if (!alive)
        {
            context.Fail("the login has ended");
        }
    }

    public static bool IsActive(PolicySnapshot policy, string name) =>
        policy.People.TryGetValue(name, out Person? person) && person.Active;
}
