using System.Threading.RateLimiting;

namespace Bastion.Web;

/// <summary>How often one address or one person may ask. Behind it stand the per-person back-offs of the
/// credentials.</summary>
internal static class RateLimits
{
    public const string Login = "login";
    public const string Decide = "decide";

    /// <summary>Of one address, which may stand for a whole office; how many passwords are hashed at once is bounded
    /// elsewhere.</summary>
    private const int LoginBurst = 120;

    private const int LoginsPerSecond = 2;

    /// <summary>No person decides this often.</summary>
    private const int DecisionBurst = 120;

    private const int DecisionsPerSecond = 2;

    /// <summary>Of everybody together on everything; above it the gateway sheds load before it queues it.</summary>
    private const int RequestsPerSecondPerAddress = 100;

    private const int Burst = 400;

    public static void AddRateLimits(this IServiceCollection services) => services.AddRateLimiter(options =>
    {
        options.RejectionStatusCode = StatusCodes.Status429TooManyRequests;
        options.OnRejected = async (context, cancellationToken) =>
        {
            TimeSpan after = context.Lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan wait)
                ? wait
                : TimeSpan.FromSeconds(1);
            await Problem.RetryLater(context.HttpContext, after, "too many requests; slow down")
                .ExecuteAsync(context.HttpContext);
        };
        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(http =>
            Bucket(Caller.AddressOf(http), Burst, RequestsPerSecondPerAddress));
        options.AddPolicy(Login, http => Bucket(Caller.AddressOf(http), LoginBurst, LoginsPerSecond));
        options.AddPolicy(
            Decide, http =>
                Bucket(http.User.Identity?.Name ?? Caller.AddressOf(http), DecisionBurst, DecisionsPerSecond));
    });

    private static RateLimitPartition<string> Bucket(string key, int burst, int perSecond) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = perSecond,
            ReplenishmentPeriod = TimeSpan.FromSeconds(1),
            QueueLimit = 0,
        });
}
