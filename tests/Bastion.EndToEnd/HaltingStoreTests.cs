using System.Runtime.Versioning;

namespace Bastion.EndToEnd;

[UnsupportedOSPlatform("windows")]
public sealed class HaltingStoreTests
{
    /// <summary>An answer that is read while the thread that waits for sockets waits for its rest would hold up every
    /// session.</summary>
    [Fact]
    public async Task A_store_that_answers_in_pieces_holds_up_no_session_and_is_reported()
    {
        await using var store = new HaltingStore();
        string scratch = Directory.CreateTempSubdirectory("bastion-halting-").FullName;
        try
        {
            await using StockSshd target = await StockSshd.StartAsync();
            await using RealGateway gateway = await RealGateway.StartAsync(target, further: $"""

                archive:
                  vault:
                    bucket: evidence
                    endpoint: {store.Endpoint}
                    credentials-file: {S3Server.WriteCredentials(scratch)}
                    interval: 1

                """);
            using var http = new HttpClient { BaseAddress = gateway.Web };
            using var deadline = new CancellationTokenSource(Programs.Deadline);
            while (!(await http.GetStringAsync("/metrics", deadline.Token)).Contains(
                "bastion_archive_up{archive=\"vault\"} 0", StringComparison.Ordinal))
            {
                Assert.Equal(0, (await gateway.SshAsync("echo on")).ExitCode);
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }
}
