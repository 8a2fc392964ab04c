using System.Diagnostics;

namespace Bastion.EndToEnd.Evidence;

/// <summary>A gateway whose disk answers as a failing, a full or a used-up one does: strace(1) gives the kernel's
/// answers to the running process.</summary>
public sealed class SyncFaultTests : IDisposable
{
    /// <summary>Of `bastion serve`: the disk failed, and a start is what recovers.</summary>
    private const int StorageFailed = 74;

    private readonly string _home = Directory.CreateTempSubdirectory("bastion-sync-").FullName;

    private string Configuration => Path.Combine(_home, "bastion.yaml");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData("fsync:error=EIO")]
    [InlineData("fsync:error=EDQUOT")]
    [InlineData("pwrite64,pwritev:error=ENOSPC")]
    public async Task What_the_disk_does_not_keep_is_not_acknowledged_and_the_process_ends_to_be_started_again(
        string fault)
    {
        await Running.InitAsync(_home);
        (Process process, string[] words) = await Running.StartAsync("serve", "--config", Configuration);
        using (process)
        {
            Task<string> errors = process.StandardError.ReadToEndAsync();
            await using var gateway = new FailingGateway(process, new Uri(words[2]["web=".Length..]));
            Assert.Equal(401, await gateway.LogInAsync());
            using Process strace = await gateway.InjectAsync(fault, Path.Combine(_home, "trace"));

            int? last = null;
            using var deadline = new CancellationTokenSource(Programs.Deadline);
            while (!process.HasExited && await gateway.LogInAsync() is { } status)
            {
                // Told that the login failed is told that it was recorded: only from before the fault.
                last = status;
                Assert.True(last is 401 or 429 or 503, $"{last}");
                await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
            }

            await process.WaitForExitAsync(deadline.Token);
            Assert.True(process.ExitCode == StorageFailed, $"exit {process.ExitCode}, {last}: {await errors}");
            Assert.Contains("\nbastion: ", "\n" + await errors, StringComparison.Ordinal);
            await strace.WaitForExitAsync(deadline.Token);
        }

        ProgramResult verified =
            await Programs.BastionAsync("audit", "verify", "--data", Path.Combine(_home, "data"));
        Assert.True(verified.ExitCode == 0, verified.ToString());
        await using Running again = await Running.ServeAsync(Configuration);
        await again.FailToLogInAsync();
    }

    /// <summary>The gateway under a fault, asked over HTTP.</summary>
    private sealed class FailingGateway(Process process, Uri url) : IAsyncDisposable
    {
        private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(10) };

        /// <summary>The status of a login that is refused and recorded; null when nobody answers any more.</summary>
        public async Task<int?> LogInAsync()
        {
            try
            {
                using var content = new StringContent(
                    """{"user": "nobody", "password": "wrong", "totp": "000000"}""", null, "application/json");
                using HttpResponseMessage answer = await _http.PostAsync(new Uri(url, "/api/auth/login"), content);
                return (int)answer.StatusCode;
            }
            catch (Exception gone) when (gone is HttpRequestException or TaskCanceledException)
            {
                return null;
            }
        }

        public async Task<Process> InjectAsync(string fault, string output)
        {
            Process strace = Programs.Start(
                "strace", ["-f", "-p", $"{process.Id}", "-o", output, "-e", "inject=" + fault]);
            using var deadline = new CancellationTokenSource(Programs.Deadline);
            string? attached = await strace.StandardError.ReadLineAsync(deadline.Token);
            Assert.Contains("attached", attached, StringComparison.Ordinal);
            return strace;
        }

        public ValueTask DisposeAsync()
        {
            _http.Dispose();
            if (!process.HasExited)
            {
                process.Kill();
            }

            return default;
        }
    }
}
