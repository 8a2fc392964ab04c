using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Bastion.Audit.Storage;
using Bastion.Audit.Verification;
using Bastion.Control;
using Bastion.Followers.Archive;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>`bastion audit restore`: a data directory from an archive alone, and the verifier's word on it.</summary>
internal static class RestoreCommand
{
    private const string Scheme = "s3://";

    public static Command Create()
    {
        var from = new Option<string>("--from")
        {
            Description = "An archive's name in the configuration, or s3://BUCKET/PREFIX.",
            Required = true,
        };
        var to = new Option<string>("--to")
        {
            Description = "The new data directory. It must not hold anything.",
            Required = true,
        };
        Option<string> config = ServeCommand.ConfigOption();
        var endpoint = new Option<string?>("--endpoint")
        {
            Description = "With s3://: the store's address, when it is not AWS.",
        };
        var region = new Option<string>("--region")
        {
            Description = "With s3://.",
            DefaultValueFactory = _ => "us-east-1",
        };
        var credentials = new Option<string?>("--credentials-file")
        {
            Description = "With s3://: two lines, access key and secret key.",
        };
        var journal = new Option<string?>("--journal")
        {
            Description = "Which journal, when the archive holds several.",
        };
        var command = new Command("restore", "Rebuild journal and recordings from an archive, and verify them.")
        {
            from, to, config, endpoint, region, credentials, journal,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            ArchiveOptions archive = parsed.GetValue(from)!.StartsWith(Scheme, StringComparison.Ordinal)
                ? AtAddress(parsed.GetValue(from)!, parsed.GetValue(endpoint), parsed.GetValue(region)!,
                parsed.GetValue(credentials))
                : Named(parsed.GetValue(config)!, parsed.GetValue(from)!);
            return await RunAsync(archive, Path.GetFullPath(parsed.GetValue(to)!), parsed.GetValue(journal),
                cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(ArchiveOptions archive, string directory, string? journal,
        CancellationToken cancellationToken)
    {
        long started = Stopwatch.GetTimestamp();
        try
        {
            using var store = new S3ArchiveStore(archive);
            string root =
                Choose(await ArchiveRestore.RootsAsync(store, archive.Prefix, cancellationToken), archive, journal);
            RestoredLog restored = await new ArchiveRestore(store, directory,
                PhysicalFileSystem.Instance).RunAsync(root, cancellationToken);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"restored {restored.Records} records and {restored.Recordings} parts of recordings, "
                    + $"{restored.Bytes} bytes, in {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s"));
            // Nothing of it is in the archive. That it begins empty is said here, once, and not found out at a start.
            Database.Open(Path.Combine(directory, "bastion.db")).Dispose();
            Console.WriteLine(
                "people, their second factors and the targets' credentials are not in an archive: enter them anew with "
                    + "`bastion user add` and `bastion credential add`");
            if (restored.LeftOut > 0)
            {
                Console.WriteLine($"left out {restored.LeftOut} files of recordings that no restored record seals");
            }
        }
        catch (Exception failure)
            when (failure is RestoreFailedException or DataDirectoryException or Amazon.Runtime.AmazonClientException)
        {
            throw new CommandFailedException(failure.Message);
        }

        VerificationReport report = JournalVerifier.Verify(directory, new VerifierOptions(), cancellationToken);
        VerificationText.Write(report, [], trusted: false, json: false);
        if (report.Holds)
        {
            Console.WriteLine(
                "to go on with it, put the gateway's `keys` (from their own backup) beside `journal`; without them "
                    + "it can be read and verified only");
        }

        return report.Holds ? ExitCodes.Success : ExitCodes.Failed;
    }

    private static string Choose(IReadOnlyList<string> roots, ArchiveOptions archive, string? journal)
    {
        string[] candidates = [.. roots.Where(root => journal is null || root.TrimEnd('/').Split('/')[^1] == journal)];
        return candidates switch
        {
            [var one] => one,
            [] => throw new RestoreFailedException(
                $"`{VisibleText.Of(archive.ToString())}` holds no "
                    + $"journal{(journal is null ? "" : $" `{VisibleText.Of(journal)}`")}"),
            _ => throw new RestoreFailedException(
                "several journals are there; name one with --journal: "
                    + string.Join(", ", candidates.Select(root => VisibleText.Of(root.TrimEnd('/').Split('/')[^1])))),
        };
    }

    private static ArchiveOptions Named(string config, string name) =>
        Configuration.Load(config).Archives.FirstOrDefault(archive => archive.Name == name)
        ?? throw new CommandFailedException($"`{VisibleText.Of(config)}` names no archive `{VisibleText.Of(name)}`");

    private static ArchiveOptions AtAddress(string address, string? endpoint, string region, string? credentials)
    {
        string[] parts = address[Scheme.Length..].Split('/', 2);
        Uri? at = null;
        if (parts[0].Length == 0 || (endpoint is not null && !Uri.TryCreate(endpoint, UriKind.Absolute, out at)))
        {
            throw new CommandFailedException(
                $"`{VisibleText.Of(endpoint ?? address)}` is no address; expected such as s3://bucket/prefix and "
                    + "--endpoint https://s3.example.com", ExitCodes.Usage);
        }

        return new ArchiveOptions
        {
            Name = "restore",
            Bucket = parts[0],
            Prefix = parts.Length > 1 ? parts[1] : "",
            Endpoint = at,
            Region = region,
            CredentialsFile = credentials,
        };
    }
}
