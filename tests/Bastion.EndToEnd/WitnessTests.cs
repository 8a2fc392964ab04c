using System.Diagnostics;
using System.Globalization;
using System.Net;

namespace Bastion.EndToEnd;

/// <summary>
/// A gateway and a witness, each a process with a directory of its own: what the witness has seen, nobody with root on
/// the gateway can take back.
/// </summary>
public sealed class WitnessTests : IDisposable
{
    private const string WitnessName = "w1.test/witness";

    private readonly string _home = Directory.CreateTempSubdirectory("bastion-witness-").FullName;
    private readonly HttpClient _http = new();

    private string Configuration => Path.Combine(_home, "gateway", "bastion.yaml");

    private string Data => Path.Combine(_home, "gateway", "data");

    public void Dispose()
    {
        _http.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task Yesterdays_disk_image_is_refused_by_the_witness_stops_sessions_and_fails_the_verifier()
    {
        await InitAsync();
        await using Running witness = await StartWitnessAsync();
        await AddWitnessAsync(witness);
        string yesterday = Path.Combine(_home, "yesterday");
        await using (Running gateway = await ServeAsync())
        {
            // One ask is enough: the gateway waits for a witness that is well.
            Assert.True((await HeadAsync(gateway)).Cosigned);
        }

        await Programs.RunAsync("cp", ["-a", Data, yesterday]);
        await using (Running gateway = await ServeAsync())
        {
            Assert.True((await HeadAsync(gateway)).Cosigned);
            Assert.Contains("ok   witness: `w1`",
                (await Programs.BastionAsync("doctor", "--config", Configuration)).Output, StringComparison.Ordinal);
        }

        ProgramResult intact = await VerifyAsync(witness);
        Assert.True(intact.ExitCode == 0, intact.ToString());

        Directory.Delete(Data, recursive: true);
        await Programs.RunAsync("cp", ["-a", yesterday, Data]);
        Assert.Equal(0, (await Programs.BastionAsync("audit", "verify", "--data", Data)).ExitCode);
        ProgramResult rolledBack = await VerifyAsync(witness);
        Assert.Equal(1, rolledBack.ExitCode);
        Assert.Contains($"witness {witness.Url}", rolledBack.Output, StringComparison.Ordinal);
        Assert.Contains("cut or rolled back", rolledBack.Output, StringComparison.Ordinal);

        // Twice, so that the second history grows past what the witness has seen: shorter at first, then other.
        for (int start = 0; start < 2; start++)
        {
            await using Running gateway = await ServeAsync();
            string health = await UntilAsync(gateway, HttpStatusCode.ServiceUnavailable);
            Assert.Contains("\"faults\":[\"witness\"]", health, StringComparison.Ordinal);
            Assert.False((await HeadAsync(gateway)).Cosigned);
            Assert.Contains("bastion_witness_refused{witness=\"w1\"} 1",
                await _http.GetStringAsync(new Uri(gateway.Url, "/metrics")), StringComparison.Ordinal);
        }

        // All of it thrown away, key and journal: the gateway would start as if it were new.
        await Programs.RunAsync("cp", ["-a", Path.Combine(Data, "journal"), Path.Combine(_home, "journal")]);
        Directory.Delete(Path.Combine(Data, "journal"), recursive: true);
        await Programs.RunAsync("mv", [Path.Combine(Data, "keys", "journal.key"), _home]);
        await using (Running gateway = await ServeAsync())
        {
            Assert.Contains("\"witness\"", await UntilAsync(gateway, HttpStatusCode.ServiceUnavailable),
                StringComparison.Ordinal);
        }

        Directory.Delete(Path.Combine(Data, "journal"), recursive: true);
        await Programs.RunAsync("mv", [Path.Combine(_home, "journal"), Data]);
        await Programs.RunAsync("mv", [Path.Combine(_home, "journal.key"), Path.Combine(Data, "keys")]);

        ProgramResult forked = await VerifyAsync(witness);
        Assert.Equal(1, forked.ExitCode);
        ProgramResult shown = await Programs.BastionAsync("audit", "show", "--data", Data, "--kind", "witness.changed");
        Assert.Contains("state=refused", shown.Output, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.ServiceUnavailable,
            (await _http.GetAsync(new Uri(witness.Url, "/healthz"))).StatusCode);
    }

    [Fact]
    public async Task A_killed_witness_remembers_and_meanwhile_the_gateway_goes_on_and_says_who_is_missing()
    {
        await InitAsync();
        Running witness = await StartWitnessAsync();
        await AddWitnessAsync(witness);
        await using Running gateway = await ServeAsync();
        Head before = await HeadAsync(gateway);
        Assert.True(before.Cosigned);
        await witness.KillAsync();

        string health = await UntilAsync(gateway, HttpStatusCode.OK, "witness-w1", gateway.FailToLogInAsync);
        Assert.Contains("\"status\":\"ok\"", health, StringComparison.Ordinal);
        Assert.True((await HeadAsync(gateway)).Size >= before.Size);

        await using Running again = await StartWitnessAsync(witness.Url.Port);
        Assert.Equal(witness.Key, again.Key);
        string held = await _http.GetStringAsync(new Uri(again.Url, "/checkpoint"));
        Assert.True(Head.Of(held).Size >= before.Size, held);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (!(await HeadAsync(gateway)).Cosigned)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    private async Task InitAsync()
    {
        await Running.InitAsync(Path.Combine(_home, "gateway"));
        // The first start makes the journal's key, which the witness is given.
        await (await ServeAsync()).DisposeAsync();
    }

    private Task AddWitnessAsync(Running witness) => RealGateway.EditAsync(
        Configuration,
        text => $"{text}\naudit:\n  witnesses:\n    w1:\n      url: {witness.Url}\n      key: {witness.Key}\n");

    private Task<Running> ServeAsync() => Running.ServeAsync(Configuration);

    private async Task<Running> StartWitnessAsync(int port = 0)
    {
        (Process process, string[] words) = await Running.StartAsync(
            "audit", "witness", "--key", Path.Combine(_home, "witness", "key"), "--name", WitnessName,
            "--log-key", Path.Combine(Data, "journal", "key"), "--listen", $"127.0.0.1:{port}");
        return new Running(process, new Uri(words[1])) { Key = words[2]["key=".Length..] };
    }

    private Task<ProgramResult> VerifyAsync(Running witness) => Programs.BastionAsync(
        "audit", "verify", "--data", Data, "--witness", witness.Url.ToString(), "--witness-key", witness.Key);

    private async Task<Head> HeadAsync(Running gateway) =>
        Head.Of(await _http.GetStringAsync(new Uri(gateway.Url, "/log/checkpoint")));

    private async Task<string> UntilAsync(Running gateway, HttpStatusCode status, string word = "",
        Func<Task>? stir = null)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (true)
        {
            using HttpResponseMessage answer = await _http.GetAsync(new Uri(gateway.Url, "/healthz"), deadline.Token);
            string text = await answer.Content.ReadAsStringAsync(deadline.Token);
            if (answer.StatusCode == status && text.Contains(word, StringComparison.Ordinal))
            {
                return text;
            }

            await (stir?.Invoke() ?? Task.CompletedTask);
            await Task.Delay(TimeSpan.FromMilliseconds(100), deadline.Token);
        }
    }

    /// <summary>Origin, size, root, an empty line, signatures. What those are worth, the verifier says.</summary>
    private sealed record Head(long Size, bool Cosigned)
    {
        public static Head Of(string note) => new(
            long.Parse(note.Split('\n')[1], CultureInfo.InvariantCulture),
            note.Contains($"\n— {WitnessName} ", StringComparison.Ordinal));
    }
}
