using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bastion.Control;
using Bastion.Control.Evidence;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.OpenApi;

namespace Bastion.Web;

/// <summary>The whole of the web side: what is in the pipeline, in which order, and every route.</summary>
internal static class WebApi
{
    private const string BearerScheme = "bearer";

    public static void AddWebApi(this IServiceCollection services)
    {
        services.AddWebAuthorization();
        services.AddRateLimits();
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
            options.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip;
            options.SerializerOptions.Converters.Add(
                new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false));
        });
        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Bastion";
            document.Info.Description = "Approvals, sessions and evidence of the gateway. This interface is stable.";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[BearerScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                BearerFormat = "JWT",
                Description = "The access token of POST /api/auth/login, good for five minutes.",
            };
            return Task.CompletedTask;
        }));
    }

    public static void UseWebApi(this WebApplication app)
    {
        app.UseTrustedProxies();
        app.UseSecurityHeaders();
        app.UseExceptionHandler(handler => handler.Run(AnswerFaultAsync));
        app.UseStatusCodePages();
        app.UseRouting();
        app.UseAuthentication();
        app.UseRateLimiter();
        app.UseAuthorization();

        app.MapAuthRoutes();
        app.MapRequestRoutes();
        app.MapSessionRoutes();
        app.MapEvidenceRoutes();
        app.MapLogRoutes();
        app.MapReportRoutes();
        app.MapOperationRoutes();
        app.MapHoldRoutes();
        app.MapShippingRoutes();
        app.MapOpenApi("/openapi/{documentName}.json").AllowAnonymous();
        app.MapClientRoutes();
    }

    private static void UseTrustedProxies(this WebApplication app)
    {
        IReadOnlyList<IPAddress> proxies = app.Services.GetRequiredService<WebOptions>().TrustedProxies;
        if (proxies.Count == 0)
        {
            return;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (IPAddress proxy in proxies)
        {
            options.KnownProxies.Add(proxy);
        }

        app.UseForwardedHeaders(options);
    }

    private static Task AnswerFaultAsync(HttpContext http)
    {
        Exception? failure = http.Features.Get<IExceptionHandlerFeature>()?.Error;
        ProblemHttpResult answer = failure switch
        {
            EvidenceUnavailableException => Problem.Because(503, "the journal cannot be written; nothing was done"),
            StoreUnavailableException { Passes: true } => Problem.Because(
                503, "the gateway's database is held by another process; nothing was done, try again in a moment"),
            StoreUnavailableException => Problem.Because(503, "the gateway's database cannot be used; nothing was done"),
            _ => Problem.Because(500, "the gateway could not answer; nothing was done"),
        };
        return answer.ExecuteAsync(http);
    }
}
