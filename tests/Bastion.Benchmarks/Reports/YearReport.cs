using System.Diagnostics;
using System.Globalization;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Reports;
using Bastion.Audit.Tests.Reports;

namespace Bastion.Benchmarks.Reports;

/// <summary>
/// How long a report of a year takes: too long for a benchmark harness, so a run of its own.
/// `dotnet run -c Release --project tests/Bastion.Benchmarks -- year DIR 10000000` writes the year if it is not there,
/// and reads it.
/// </summary>
internal static class YearReport
{
    private const int Days = 365;

    // Weekends have a sixth: 261 working days and 104 others.
    private const double WorkingDays = 261 + 104 / 6.0;

    private static readonly DateTimeOffset Start = new(2025, 11, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task RunAsync(string directory, long records)
    {
        if (!Directory.Exists(Path.Combine(directory, "journal")))
        {
            await WriteAsync(directory, records);
        }

        var period = new ReportPeriod(Start, Start.AddDays(Days), TimeZoneInfo.Utc);
        var head = new ReportHead
        {
            Id = "year",
            Kind = "asked",
            Journal = "bastion",
            From = period.From,
            To = period.To,
            Zone = "UTC",
            MadeAt = period.To,
            MadeBy = "bastion",
            Host = "here",
        };
        long before = Stopwatch.GetTimestamp();
        ReportData data = await ReportReader.ReadAsync(
            directory, period, head, new ReportReaderOptions
            {
                Whole = true,
                Recordings = false,
            }, CancellationToken.None);
        TimeSpan taken = Stopwatch.GetElapsedTime(before);
        using var self = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{data.Chain.Records} records in {taken.TotalSeconds:f1} s, holds: {data.Chain.Holds}, "
                + $"{data.Sessions.Started} sessions, {data.Acts.HighRisk} dangerous acts, "
            + $"peak working set {self.PeakWorkingSet64 / 1048576} MB, allocated "
            + $"{GC.GetTotalAllocatedBytes() / 1048576} MB"));
    }

    private static async Task WriteAsync(string directory, long records)
    {
        long before = Stopwatch.GetTimestamp();
        var clock = new TrafficClock(Start);
        var signer = Ed25519NoteSigner.LoadOrCreate(Path.Combine(directory, "keys", "journal.key"), "bastion");
        await using Journal journal = await Journal.OpenAsync(directory, new JournalOptions
        {
            Signer = signer,
            TimeProvider = clock,
        });
        var traffic = new Traffic(clock) { MostPending = 4000 };
        await traffic.WriteAsync(journal, Days, (int)(records / WorkingDays));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"wrote {traffic.Written} records in {Stopwatch.GetElapsedTime(before).TotalSeconds:f0} s"));
    }
}
