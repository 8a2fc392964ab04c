using System.Threading.RateLimiting;

namespace Bastion.Server.Web;

/// <summary>How often one address or one person may ask. Behind it stand the per-person back-offs of the credentials.</summary>
internal static class RateLimits
{
    public const string Login = "login";
    public const string Decide = "decide";

    /// <summary>Hashing a password costs a core tens of milliseconds: so many tries of one address in a minute.</summary>
    private const int LoginsPerMinute = 60;

    /// <summary>No person decides this often.</summary>
    private const int DecisionsPerMinute = 120;

    /// <summary>Of everybody together on everything; above it the gateway sheds load before it queues it.</summary>
    private const int RequestsPerSecondPerAddress = 100;

    private const int Burst = 400;

    public static void AddRateLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = async (context, cancellationToken) =>
        {
            var after = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out var wait) ? wait : TimeSpan.FromSeconds(1);
            await Problem.RetryLater(context.HttpContext, after, "too many requests; slow down")
                .ExecuteAsync(context.HttpContext);
        };
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            RateLimitPartition.GetTokenBucketLimiter(Caller.AddressOf(http), _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = Burst,
                TokensPerPeriod = RequestsPerSecondPerAddress,
                ReplenishmentPeriod = TimeSpan.FromSeconds(1),
                QueueLimit = 0,
            }));
        options.AddPolicy(Login, http => Window(Caller.AddressOf(http), LoginsPerMinute));
        options.AddPolicy(Decide, http => Window(http.User.Identity?.Name ?? Caller.AddressOf(http), DecisionsPerMinute));
    });

    private static RateLimitPartition<string> Window(string key, int permits) =>
        RateLimitPartition.GetFixedWindowLimiter(key, _ => new FixedWindowRateLimiterOptions
        {
            PermitLimit = permits,
            Window = TimeSpan.FromMinutes(1),
            QueueLimit = 0,
        });
}
