using System.Security.Cryptography;

namespace Bastion.Followers.Shipping;

/// <summary>How long to wait before trying again: twice as long each time, and never all at the same moment.</summary>
internal sealed class Backoff(TimeProvider time, Func<double>? jitter = null)
{
    private const int Resolution = 1 << 20;

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Maximum = TimeSpan.FromMinutes(1);

    private readonly Func<double> _jitter = jitter
        ?? (() => RandomNumberGenerator.GetInt32(Resolution) / (double)Resolution);

    /// <param name="failures">How many tries failed in a row, 1 or more.</param>
    /// <param name="notBefore">What the other side asked for.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public Task WaitAsync(int failures, TimeSpan? notBefore, CancellationToken cancellationToken) =>
        Task.Delay(Delay(failures, notBefore), time, cancellationToken);

    /// <summary>Between half and the whole of the step; what the other side asked for counts up to the longest
    /// one.</summary>
    internal TimeSpan Delay(int failures, TimeSpan? notBefore)
    {
        TimeSpan step = First * Math.Pow(2, Math.Min(failures - 1, 16));
        TimeSpan whole = step < Maximum ? step : Maximum;
        TimeSpan delay = whole * (0.5 + (_jitter() / 2));
        return notBefore is { } asked && asked > delay ? (asked < Maximum ? asked : Maximum) : delay;
    }
}
