namespace Bastion.Audit.Reports.Reading;

/// <summary>Durations in buckets that grow by a tenth: quantiles right to 5 %, in a few kilobytes however many there
/// are.</summary>
internal sealed class Durations
{
    private const double Growth = 1.1;
    private const double FirstMilliseconds = 50;
    private const int Buckets = 200;

    /// <summary>Upper edges of what is plotted, in seconds.</summary>
    private static readonly int[] PlotEdges = [1, 3, 10, 30, 60, 120, 300, 600, 1800, 3600];

    private readonly long[] _counts = new long[Buckets];
    private readonly long[] _plotted = new long[PlotEdges.Length + 1];

    public long Count { get; private set; }

    public long LongestMilliseconds { get; private set; }

    public void Add(long milliseconds)
    {
        Count++;
        LongestMilliseconds = Math.Max(LongestMilliseconds, milliseconds);
        double bucket = Math.Log(Math.Max(milliseconds, 1) / FirstMilliseconds, Growth);
        _counts[Math.Clamp((int)Math.Ceiling(bucket), 0, Buckets - 1)]++;
        int edge = Array.FindIndex(PlotEdges, seconds => milliseconds < seconds * 1000L);
        _plotted[edge < 0 ? PlotEdges.Length : edge]++;
    }

    /// <summary>In seconds; null when there is nothing.</summary>
    public double? Quantile(double share)
    {
        long rank = (long)Math.Ceiling(share * Count);
        long seen = 0;
        for (int bucket = 0; bucket < Buckets && Count > 0; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank)
            {
                double milliseconds = FirstMilliseconds * Math.Pow(Growth, bucket - 0.5);
                return Math.Round(Math.Min(milliseconds, LongestMilliseconds) / 1000, 1);
            }
        }

        return null;
    }

    /// <summary>By upper edge in seconds; the last has none.</summary>
    public IReadOnlyList<DurationBucket> Plot() =>
        [.. _plotted.Select((count, index) =>
        new DurationBucket(index < PlotEdges.Length ? PlotEdges[index] : null, count))];
}
