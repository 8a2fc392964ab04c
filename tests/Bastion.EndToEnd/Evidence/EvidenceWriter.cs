using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Bastion.EndToEnd.Evidence;

/// <summary>The process that writes evidence as fast as it can, and all it has said so far.</summary>
internal sealed class EvidenceWriter : IDisposable
{
    private static readonly string Dll =
        Programs.BastionDll.Replace("Bastion.Cli", "Bastion.EvidenceWriter", StringComparison.Ordinal)
        .Replace("bastion.dll", "Bastion.EvidenceWriter.dll", StringComparison.Ordinal);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private EvidenceWriter(string data, long? rounds)
    {
        _process = Programs.Start("dotnet", rounds is { } count ? [Dll, data, $"{count}"] : [Dll, data]);
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public List<string> Lines { get; } = [];

    /// <summary>What was acknowledged: sequence and what stands in the record.</summary>
    public IEnumerable<(long Sequence, string Text)> Acknowledged =>
        from line in Lines
        let words = line.Split(' ')
        where words[0] == "ack"
        select (long.Parse(words[1], CultureInfo.InvariantCulture), words[2]);

    /// <summary>What a recording holds: session and text.</summary>
    public IEnumerable<(string Session, string Text)> Recorded =>
        from line in Lines
        let words = line.Split(' ')
        where words[0] == "rec"
        select (words[1], words[2]);

    /// <param name="rounds">Sessions of each of its eight workers; without it, until it is stopped.</param>
    public static EvidenceWriter Start(string data, long? rounds = null) => new(data, rounds);

    /// <summary>Reads on until so many lines were said, or it ended.</summary>
    public async Task ReadAsync(int lines)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (Lines.Count < lines && await _process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            Lines.Add(line);
        }
    }

    /// <summary>SIGKILL, then what it had said before.</summary>
    public Task KillAsync()
    {
        _process.Kill();
        return EndAsync();
    }

    /// <summary>Reads to the end and gives the exit status.</summary>
    public async Task<int> EndAsync()
    {
        await ReadAsync(int.MaxValue);
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        string errors = await _errors;
        Assert.DoesNotContain("Unhandled exception", errors, StringComparison.Ordinal);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    /// <summary>Every acknowledged record is there as it was, every recorded event can be read, and the whole
    /// verifies.</summary>
    public static async Task AssertNothingLostAsync(string data, params IEnumerable<EvidenceWriter> writers)
    {
        EvidenceWriter[] all = [.. writers];
        ProgramResult verified = await Programs.BastionAsync(
            "audit", "verify", "--data", data, "--recording-key", Path.Combine(data, "keys", "recordings.key"));
        Assert.True(verified.ExitCode == 0, verified.ToString());
        ProgramResult shown =
            await Programs.BastionAsync("audit", "show", "--data", data, "--json", "--kind", "command.ended");
        var there = shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToDictionary(record => record.GetProperty("seq").GetInt64(),
            record => record.GetProperty("data").GetProperty("commandSha256").GetString()!);
        Assert.All(all.SelectMany(writer => writer.Acknowledged), acknowledged =>
            Assert.Equal(acknowledged.Text, there.GetValueOrDefault(acknowledged.Sequence)));
        foreach (EvidenceWriter writer in all)
        {
            // The one that was open when the process went: the others are closed and verified as a whole.
            if (writer.Recorded.LastOrDefault().Session is { } newest)
            {
                ProgramResult film = await Programs.BastionAsync("audit", "recording", newest, "--data", data);
                Assert.All(writer.Recorded.Where(recorded => recorded.Session == newest), recorded =>
                    Assert.Contains($"\"{recorded.Text}\"", film.Output, StringComparison.Ordinal));
            }
        }
    }
}
