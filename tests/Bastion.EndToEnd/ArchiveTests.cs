using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Amazon.S3;
using Amazon.S3.Model;

namespace Bastion.EndToEnd;

/// <summary>A gateway that archives into a real store, and a log that comes back from there alone. The store takes a
/// machine of two cores for itself: nothing else runs beside it.</summary>
[Collection(Alone.Name)]
[UnsupportedOSPlatform("windows")]
public partial class ArchiveTests
{
    [Fact]
    public async Task A_log_comes_back_from_a_locked_store_alone_and_a_gateway_goes_on_with_it()
    {
        await using S3Server store = await S3Server.StartAsync();
        string scratch = Directory.CreateTempSubdirectory("bastion-archive-").FullName;
        try
        {
            string restored = Path.Combine(scratch, "restored");
            string[] from =
            [
                "audit", "restore", "--from", $"s3://{S3Server.Bucket}/gateway-1", "--endpoint", store.Endpoint,
                "--credentials-file", S3Server.WriteCredentials(scratch), "--to",
            ];
            await using StockSshd target = await StockSshd.StartAsync();
            await using (RealGateway gateway = await RealGateway.StartAsync(target, further: Archive(store, scratch)))
            {
                for (int session = 0; session < 3; session++)
                {
                    Assert.Equal(0, (await gateway.SshAsync($"echo session {session}; seq 1000")).ExitCode);
                }

                await ArchivedAsync(gateway);
                await AssertLockedAsync(store);
                await AssertHoldArrivesAsync(store, gateway);
                ProgramResult back = await Programs.BastionAsync([.. from, restored]);
                Assert.True(back.ExitCode == 0, back.ToString());
                Assert.Contains("the journal holds", back.Output, StringComparison.Ordinal);
                Assert.Contains("3 parts of recordings", back.Output, StringComparison.Ordinal);

                ProgramResult verified = await Programs.BastionAsync("audit", "verify", "--data", restored);
                Assert.True(verified.ExitCode == 0, verified.ToString());
                Assert.Equal(
                    await Programs.BastionAsync("audit", "show", "--data", restored, "--json", "--kind",
                        "session.started"),
                    await Programs.BastionAsync("audit", "show", "--data", Path.Combine(gateway.Folder, "data"),
                        "--json", "--kind", "session.started"));
                await Programs.RunAsync("cp",
                    ["-a", Path.Combine(gateway.Folder, "data", "keys"), Path.Combine(restored, "keys")]);
                await Programs.RunAsync("cp",
                    ["-a", Path.Combine(gateway.Folder, "policies"), Path.Combine(scratch, "policies")]);
            }

            await GoOnAsync(scratch, restored);
            await OverwriteAsync(store);
            ProgramResult again = await Programs.BastionAsync([.. from, Path.Combine(scratch, "again")]);
            Assert.True(again.ExitCode == 0, again.ToString());
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    [GeneratedRegex("""^bastion_archive_(?<what>lag_records|bytes_total)\{archive="vault"\} (?<value>\d+)$""",
        RegexOptions.Multiline)]
    private static partial Regex Figure();

    private static string Archive(S3Server store, string scratch) => $$"""

        archive:
          vault:
            bucket: {{S3Server.Bucket}}
            endpoint: {{store.Endpoint}}
            credentials-file: {{S3Server.WriteCredentials(scratch)}}
            prefix: gateway-1
            interval: 1

        """;

    /// <summary>Waits until nothing durable is missing there.</summary>
    private static async Task ArchivedAsync(RealGateway gateway)
    {
        using var http = new HttpClient { BaseAddress = gateway.Web };
        using var deadline = new CancellationTokenSource(3 * Programs.Deadline);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(200));
        while (true)
        {
            string metrics = await http.GetStringAsync("/metrics", CancellationToken.None);
            var figures = Figure().Matches(metrics).ToDictionary(match => match.Groups["what"].Value,
                match => long.Parse(match.Groups["value"].Value, CultureInfo.InvariantCulture));
            if (figures["lag_records"] == 0 && figures["bytes_total"] > 0)
            {
                return;
            }

            Assert.False(deadline.IsCancellationRequested, $"not archived in time:\n{metrics}");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    /// <summary>What a hold covers gets one of the store's own.</summary>
    private static async Task AssertHoldArrivesAsync(S3Server store, RealGateway gateway)
    {
        Auditor carol = await Auditor.AddAsync("carol", gateway.Configuration);
        ProgramResult placed =
            await carol.AskAsync(gateway.Web, "audit", "hold", "place", "--of", "alice", "--reason", "case 4711");
        Assert.True(placed.ExitCode == 0, placed.ToString());
        ListVersionsResponse versions = await store.Client.ListVersionsAsync(S3Server.Bucket);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        foreach (S3ObjectVersion version in versions.Versions.Where(version =>
            version.Key.Contains("/recordings/", StringComparison.Ordinal)))
        {
            var question = new GetObjectLegalHoldRequest
            {
                BucketName = S3Server.Bucket,
                Key = version.Key,
                VersionId = version.VersionId,
            };
            while (!await IsHeldAsync(store, question))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
            }
        }
    }

    private static async Task<bool> IsHeldAsync(S3Server store, GetObjectLegalHoldRequest question)
    {
        try
        {
            return (await store.Client.GetObjectLegalHoldAsync(
                question)).LegalHold?.Status == ObjectLockLegalHoldStatus.On;
        }
        catch (AmazonS3Exception none) when (none.StatusCode == System.Net.HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    /// <summary>The owner of the bucket itself cannot delete a version, nor shorten its time.</summary>
    private static async Task AssertLockedAsync(S3Server store)
    {
        ListVersionsResponse versions = await store.Client.ListVersionsAsync(S3Server.Bucket);
        Assert.NotEmpty(versions.Versions);
        foreach (S3ObjectVersion version in versions.Versions)
        {
            await Assert.ThrowsAsync<AmazonS3Exception>(() => store.Client.DeleteObjectAsync(
                new DeleteObjectRequest
                {
                    BucketName = S3Server.Bucket,
                    Key = version.Key,
                    VersionId = version.VersionId,
                    BypassGovernanceRetention = true,
                }));
        }

        GetObjectRetentionResponse retention = await store.Client.GetObjectRetentionAsync(
            new GetObjectRetentionRequest { BucketName = S3Server.Bucket, Key = versions.Versions[0].Key });
        Assert.Equal(ObjectLockRetentionMode.Compliance, retention.Retention.Mode);
        Assert.InRange(retention.Retention.RetainUntilDate!.Value - TimeProvider.System.GetUtcNow(),
            TimeSpan.FromDays(399), TimeSpan.FromDays(401));
    }

    /// <summary>What a thief of the gateway's credentials can do: lay something else over every object, and a mark that
    /// it is deleted.</summary>
    private static async Task OverwriteAsync(S3Server store)
    {
        foreach (S3ObjectVersion version in (await store.Client.ListVersionsAsync(S3Server.Bucket)).Versions)
        {
            await store.Client.PutObjectAsync(new PutObjectRequest
            {
                BucketName = S3Server.Bucket,
                Key = version.Key,
                ContentBody = "forged",
                UseChunkEncoding = false,
            });
            await store.Client.DeleteObjectAsync(S3Server.Bucket, version.Key);
        }
    }

    private static async Task GoOnAsync(string scratch, string restored)
    {
        string configuration = Path.Combine(scratch, "bastion.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            data: {{restored}}
            policies: policies
            ssh: {address: 127.0.0.1, port: 0}
            web: {address: 127.0.0.1, port: 0}

            """);
        using Process process = Programs.Start("dotnet", [Programs.BastionDll, "serve", "--config", configuration]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        string? ready = await process.StandardOutput.ReadLineAsync(deadline.Token);
        Assert.True(ready?.StartsWith("ready ", StringComparison.Ordinal) == true, ready ?? await errors);
        await Programs.RunAsync("kill", ["-TERM", $"{process.Id}"]);
        await process.WaitForExitAsync(deadline.Token);
        ProgramResult verified = await Programs.BastionAsync("audit", "verify", "--data", restored);
        Assert.True(verified.ExitCode == 0, verified.ToString());
    }
}
