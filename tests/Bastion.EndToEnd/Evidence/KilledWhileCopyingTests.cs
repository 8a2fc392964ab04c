using System.Runtime.Versioning;
using System.Text.Json;

namespace Bastion.EndToEnd.Evidence;

/// <summary>
/// The gateway is killed between a store's acknowledgement and its own note of it, again and again, at every write in
/// turn: once stored and not yet told, once just told.
/// </summary>
[UnsupportedOSPlatform("windows")]
public sealed class KilledWhileCopyingTests : IDisposable
{
    private const int Kills = 3;

    private readonly string _home = Directory.CreateTempSubdirectory("bastion-copying-").FullName;

    private string Configuration => Path.Combine(_home, "bastion.yaml");

    private string Data => Path.Combine(_home, "data");

    public void Dispose() => Directory.Delete(_home, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Shipping_loses_nothing_and_doubles_nothing(bool beforeTheAnswer)
    {
        using var store = new BulkStore();
        await PrepareAsync(
            $"ship:\n  siem: {{kind: elasticsearch, url: \"{store.Url}\", install-template: false, batch-records: "
                + $"3}}\n");
        await KillAtWritesAsync(store, beforeTheAnswer);

        await using (Running gateway = await Running.ServeAsync(Configuration))
        {
            await gateway.FailToLogInAsync();
            long size = (await SequencesAsync()).Count;
            await UntilAsync(() => Task.FromResult(store.Sequences().Count >= size));
        }

        HashSet<long> there = store.Sequences();
        Assert.Equal(Enumerable.Range(0, there.Count).Select(sequence => (long)sequence), there.Order());
        Assert.Equal(there.Count, store.Documents.Count);
        Assert.Empty(store.Changed);
        // Else nothing was interrupted between the two, and the test would be of something else.
        Assert.True(!beforeTheAnswer || !store.Repeated.IsEmpty);
        ProgramResult compared = await Programs.BastionAsync("audit", "verify", "--data", Data);
        Assert.True(compared.ExitCode == 0, compared.ToString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_archive_is_a_journal_that_verifies_after_every_kill(bool beforeTheAnswer)
    {
        using var store = new ObjectStore();
        await File.WriteAllTextAsync(Path.Combine(_home, "s3.key"), "access\nsecret\n");
        File.SetUnixFileMode(Path.Combine(_home, "s3.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await PrepareAsync(
            $"archive:\n  vault: {{bucket: evidence, endpoint: \"{store.Url}\", credentials-file: s3.key, "
                + $"object-lock: none, interval: 1}}\n");
        await KillAtWritesAsync(store, beforeTheAnswer);

        await using (Running gateway = await Running.ServeAsync(Configuration))
        {
            long before = store.Objects.Count;
            await gateway.FailToLogInAsync();
            await UntilAsync(() => Task.FromResult(store.Objects.Count > before + 1));
        }

        string restored = Path.Combine(_home, "restored");
        ProgramResult result = await Programs.BastionAsync("audit", "restore", "--from", "vault", "--to", restored,
            "--config", Configuration);
        Assert.True(result.ExitCode == 0, result.ToString());
        ProgramResult verified = await Programs.BastionAsync("audit", "verify", "--data", restored, "--key",
            Path.Combine(Data, "journal", "key"));
        Assert.True(verified.ExitCode == 0, verified.ToString());
    }

    private async Task PrepareAsync(string section)
    {
        await Running.InitAsync(_home);
        await RealGateway.EditAsync(Configuration, text => $"{text}\n{section}");
    }

    private async Task KillAtWritesAsync(FakeStore store, bool beforeTheAnswer)
    {
        for (int at = 1; at <= Kills; at++)
        {
            await using Running gateway = await Running.ServeAsync(Configuration);
            int left = at;
            var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void OnWrite(int _)
            {
                if (--left == 0)
                {
                    gateway.Kill();
                    killed.SetResult();
                }
            }

            (store.Stored, store.Answered) = beforeTheAnswer
                ? ((Action<int>)OnWrite, (Action<int>?)null)
                : (null, OnWrite);
            await UntilAsync(async () =>
            {
                if (!killed.Task.IsCompleted)
                {
                    await TryFailToLogInAsync(gateway);
                }

                return killed.Task.IsCompleted;
            });
            (store.Stored, store.Answered) = (null, null);
        }
    }

    private static async Task TryFailToLogInAsync(Running gateway)
    {
        try
        {
            await gateway.FailToLogInAsync();
        }
        catch (HttpRequestException)
        {
            // It was killed meanwhile.
        }
    }

    private async Task<HashSet<long>> SequencesAsync()
    {
        ProgramResult shown = await Programs.BastionAsync("audit", "show", "--json", "--data", Data);
        return [.. shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("seq").GetInt64())];
    }

    private static async Task UntilAsync(Func<Task<bool>> happened)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (!await happened())
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), deadline.Token);
        }
    }
}
