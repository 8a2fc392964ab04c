using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Reports;
using Bastion.Policy;
using Bastion.Followers.Reports.Pages;

namespace Bastion.Followers.Reports;

/// <summary>What is wanted of a report.</summary>
public sealed record ReportOrder
{
    public required string DataDirectory { get; init; }

    public required ReportPeriod Period { get; init; }

    /// <summary>`daily`, `weekly`, `monthly` or `asked`.</summary>
    public string Kind { get; init; } = "asked";

    /// <summary>`en`, `zh`.</summary>
    public IReadOnlyList<string> Languages { get; init; } = ["en"];

    /// <summary>`html`, `json`, `pdf`.</summary>
    public IReadOnlyList<string> Formats { get; init; } = ["html", "json"];

    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>To compare what was used with what is given; null leaves that out.</summary>
    public PolicySnapshot? Policy { get; init; }

    /// <summary>Signs; null leaves the report unsigned, as from a copy of the evidence without its key.</summary>
    public INoteSigner? Signer { get; init; }

    /// <summary>As configured; null where no configuration says.</summary>
    public int? RetentionDays { get; init; }

    public ReportReaderOptions Reading { get; init; } = new();
}

/// <param name="Data">The figures.</param>
/// <param name="Files">Name and content, the note last.</param>
/// <param name="Note">The signature; null when nothing could sign.</param>
public sealed record MadeReport(ReportData Data, IReadOnlyList<(string Name, byte[] Content)> Files, ReportNote? Note)
{
    public string? NoteSha256 =>
        Note is null ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Note.ToString())));
}

/// <summary>Makes reports: reads, renders, signs. It writes nothing; who asked decides where the files go.</summary>
public sealed class ReportMaker(TimeProvider time)
{
    public const string JsonName = "report.json";

    private const int IdentifierBytes = 4;

    public async Task<MadeReport> MakeAsync(ReportOrder order, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(order);
        HashSet<string> walls = order.Policy is { } policy ? [.. policy.Walls] : [];
        ReportData data = await ReportReader.ReadAsync(
            order.DataDirectory, order.Period, HeadOf(order), With(order.Reading, walls), cancellationToken);
        data = data with
        {
            Access = AccessReview.Of(data.Access, order.Policy, order.Period),
            Operation = Measure(data.Operation, order.DataDirectory) with { RetentionDays = order.RetentionDays },
        };
        var files = new List<(string Name, byte[] Content)>();
        if (order.Formats.Contains("json"))
        {
            files.Add((JsonName, ReportJson.Write(data)));
        }

        foreach (string language in order.Languages)
        {
            byte[] page = Encoding.UTF8.GetBytes(ReportPage.Render(data, language));
            if (order.Formats.Contains("html"))
            {
                files.Add(($"report.{language}.html", page));
            }

            if (order.Formats.Contains("pdf"))
            {
                files.Add(($"report.{language}.pdf", await PdfPrinter.PrintAsync(page, cancellationToken)));
            }
        }

        ReportNote? note = null;
        if (order.Signer is { } signer)
        {
            note = ReportNote.Sign(data, [.. files.Select(file => ReportFile.Of(file.Name, file.Content))], signer);
            files.Add((ReportNote.FileName, Encoding.UTF8.GetBytes(note.ToString())));
        }

        return new MadeReport(data, files, note);
    }

    private ReportHead HeadOf(ReportOrder order)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(order.Period.From, order.Period.Zone);
        return new ReportHead
        {
            Id = FormattableString.Invariant($"{order.Kind}-{local:yyyyMMdd}-")
                + RandomNumberGenerator.GetHexString(2 * IdentifierBytes, lowercase: true),
            Kind = order.Kind,
            Journal = order.Signer?.VerifierKey.Name ?? new JournalReader(order.DataDirectory).PublishedKey()?.Name
                ?? "bastion",
            From = order.Period.From,
            To = order.Period.To,
            Zone = order.Period.Zone.Id,
            MadeAt = time.GetUtcNow(),
            MadeBy = $"bastion {Version}",
            Host = Environment.MachineName,
            Recipients = order.Recipients,
        };
    }

    private static string Version =>
        typeof(ReportMaker).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion
        ?? "unknown";

    private static ReportReaderOptions With(ReportReaderOptions reading, HashSet<string> walls) => new()
    {
        TrustedKey = reading.TrustedKey,
        Whole = reading.Whole,
        Recordings = reading.Recordings,
        Progress = reading.Progress,
        FileSystem = reading.FileSystem,
        IsWall = walls.Contains,
    };

    /// <summary>What only the machine that holds the data knows.</summary>
    private static Audit.Reports.Sections.OperationSection Measure(Audit.Reports.Sections.OperationSection operation,
        string dataDirectory)
    {
        long? free = null;
        try
        {
            free = new DriveInfo(Path.GetFullPath(dataDirectory)).AvailableFreeSpace;
        }
        catch (IOException)
        {
            // A report says "not known" where the file system does not.
        }

        return operation with
        {
            FreeBytes = free,
            DaysLeft = free is { } bytes && operation.BytesADay > 0 ? Math.Round(bytes / operation.BytesADay) : null,
            Oldest = new JournalReader(dataDirectory).Read().FirstOrDefault()?.At,
        };
    }
}
