using Bastion.Audit.Reports;
using Bastion.Storage;

namespace Bastion.Followers.Reports;

/// <summary>Reports as they are kept: `DATA/reports/ID/`, and how far each cadence has come.</summary>
internal sealed class ReportStore(Database database, string dataDirectory)
{
    private readonly string _root = Path.Combine(dataDirectory, "reports");

    public string DirectoryOf(string id) => Path.Combine(_root, id);

    /// <summary>Writes the files, the note last: a report without its note was not finished.</summary>
    public string Keep(MadeReport made)
    {
        string directory = DirectoryOf(made.Data.Head.Id);
        DataDirectory.MakePrivate(_root);
        DataDirectory.MakePrivate(directory);
        foreach ((string? name, byte[]? content) in made.Files)
        {
            DataDirectory.WritePrivateFile(Path.Combine(directory, name), content);
        }

        return directory;
    }

    /// <summary>Finished ones, the newest first.</summary>
    public IReadOnlyList<string> List(int most) =>
        !Directory.Exists(_root)
            ? []
            : [.. new DirectoryInfo(_root).EnumerateDirectories()
                .Where(each => File.Exists(Path.Combine(each.FullName, ReportNote.FileName)))
                .OrderByDescending(each => each.CreationTimeUtc).Take(most).Select(each => each.Name)];

    /// <summary>Finished ones that were kept before this time.</summary>
    public IReadOnlyList<string> Before(DateTimeOffset time) =>
        [.. List(int.MaxValue)
        .Where(id => File.GetLastWriteTimeUtc(Path.Combine(DirectoryOf(id), ReportNote.FileName)) < time.UtcDateTime)];

    /// <summary>The note goes last: a removal that was cut short is seen and finished.</summary>
    public void Remove(string id)
    {
        foreach (string? file in Directory.GetFiles(DirectoryOf(id))
            .Where(file => Path.GetFileName(file) != ReportNote.FileName))
        {
            File.Delete(file);
        }

        Directory.Delete(DirectoryOf(id), recursive: true);
    }

    /// <summary>The end of the newest period a report was made of; null when none ever was.</summary>
    public DateTimeOffset? MadeUntil(string cadence) => database.Read<DateTimeOffset?>(
        "SELECT until FROM report_runs WHERE cadence = $cadence",
        rows => rows.Read() ? DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)) : null,
        ("$cadence", cadence));

    public async Task SetMadeUntilAsync(string cadence, DateTimeOffset until, CancellationToken cancellationToken) =>
        await database.WriteAsync(
        "INSERT INTO report_runs (cadence, until) VALUES ($cadence, $until) ON CONFLICT (cadence) DO UPDATE SET "
            + "until = excluded.until",
        cancellationToken, ("$cadence", cadence), ("$until", until.ToUnixTimeMilliseconds()));
}
