using Microsoft.AspNetCore.Http.HttpResults;

namespace Bastion.Web;

/// <summary>Errors as RFC 9457 problem details: one clear line that says what to do.</summary>
internal static class Problem
{
    public static ProblemHttpResult Because(int status, string detail) =>
        TypedResults.Problem(detail, statusCode: status);

    public static ProblemHttpResult NotFound(string what) => Because(StatusCodes.Status404NotFound, $"no such {what}");

    public static ProblemHttpResult RetryLater(HttpContext http, TimeSpan after, string detail)
    {
        http.Response.Headers.RetryAfter = Math.Ceiling(after.TotalSeconds)
            .ToString("0", System.Globalization.CultureInfo.InvariantCulture);
        return Because(StatusCodes.Status429TooManyRequests, detail);
    }
}
