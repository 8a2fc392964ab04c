using System.Security.Cryptography;

namespace Bastion.EndToEnd.Evidence;

/// <summary>Evidence written by a real process on a real disk, while that process is killed, starved or pushed
/// aside.</summary>
public sealed class ProcessFaultTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("bastion-faults-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task Killed_at_any_moment_again_and_again_it_loses_nothing_it_acknowledged()
    {
        const int Kills = 20;
        var killed = new List<EvidenceWriter>();
        try
        {
            for (int round = 0; round < Kills; round++)
            {
                var writer = EvidenceWriter.Start(_data);
                killed.Add(writer);
                await writer.ReadAsync(RandomNumberGenerator.GetInt32(1, 400));
                await writer.KillAsync();
                Assert.StartsWith("found", writer.Lines[0], StringComparison.Ordinal);
            }

            // The last one closes in order, and finds what the kills left.
            using var last = EvidenceWriter.Start(_data, rounds: 1);
            Assert.Equal(0, await last.EndAsync());
            Assert.StartsWith("found False", last.Lines[0], StringComparison.Ordinal);
            await EvidenceWriter.AssertNothingLostAsync(_data, killed);
            Assert.True(killed.Sum(writer => writer.Acknowledged.Count()) > Kills);
            ProgramResult gaps =
                await Programs.BastionAsync("audit", "show", "--data", _data, "--kind", "journal.opened");
            Assert.Equal(Kills, gaps.Output.Split('\n')
                .Count(line => line.Contains("cleanBefore=false", StringComparison.OrdinalIgnoreCase)));
            ProgramResult interrupted =
                await Programs.BastionAsync("audit", "show", "--data", _data, "--kind", "session.interrupted");
            Assert.NotEmpty(interrupted.Output);
        }
        finally
        {
            killed.ForEach(writer => writer.Dispose());
        }
    }

    [Fact]
    public async Task Stopped_for_a_while_and_woken_it_goes_on()
    {
        using var writer = EvidenceWriter.Start(_data);
        await writer.ReadAsync(50);
        await Programs.RunAsync("kill", ["-STOP", $"{writer.Id}"]);
        using var second = EvidenceWriter.Start(_data, rounds: 1);
        Assert.Equal(3, await second.EndAsync());
        Assert.Contains("another process", second.Lines[^1], StringComparison.Ordinal);
        await Programs.RunAsync("kill", ["-CONT", $"{writer.Id}"]);
        await writer.ReadAsync(writer.Lines.Count + 200);
        await writer.KillAsync();
        using var last = EvidenceWriter.Start(_data, rounds: 1);
        Assert.Equal(0, await last.EndAsync());
        await EvidenceWriter.AssertNothingLostAsync(_data, writer, last);
    }

    [Fact]
    public async Task A_damaged_end_is_cut_and_recorded_and_a_damaged_middle_refuses_the_start()
    {
        using (var writer = EvidenceWriter.Start(_data))
        {
            await writer.ReadAsync(300);
            await writer.KillAsync();
        }

        string segment = Newest("*.records");
        await using (var file = new FileStream(segment, FileMode.Append))
        {
            await file.WriteAsync("4f3a half a record that no session was ever told of"u8.ToArray());
        }

        using (var repaired = EvidenceWriter.Start(_data, rounds: 1))
        {
            Assert.Equal(0, await repaired.EndAsync());
            Assert.NotEqual("0", repaired.Lines[0].Split(' ')[2]);
        }

        ProgramResult repair =
            await Programs.BastionAsync("audit", "show", "--data", _data, "--kind", "journal.repaired");
        Assert.Contains("removedSha256=", repair.Output, StringComparison.Ordinal);
        await EvidenceWriter.AssertNothingLostAsync(_data);

        byte[] bytes = await File.ReadAllBytesAsync(segment);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(segment, bytes);
        using var refused = EvidenceWriter.Start(_data, rounds: 1);
        Assert.Equal(4, await refused.EndAsync());
        Assert.Contains("record", refused.Lines[^1], StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(segment));
    }

    [Theory]
    [InlineData("foreign", "touch journal/notes.txt", "does not belong in a journal; move it elsewhere")]
    [InlineData("link", "mv journal/segments journal/segments.away && ln -s segments.away journal/segments",
        "segments` is a symbolic link")]
    [InlineData("file link", "f=$(ls journal/segments/*.records | head -1); mv $f kept && ln -s $PWD/kept $f",
        "is a symbolic link")]
    [InlineData("mode", "chmod 644 journal/segments/*.records", "can be read by others; run: chmod go=")]
    [InlineData("directory mode", "chmod 777 journal/segments", "can be written by others; run: chmod go=")]
    [InlineData("owner", "chown 65534 journal/checkpoint",
        "belongs to user 65534, not to the gateway's own; run: chown")]
    [InlineData("pipe", "rm journal/checkpoint && mkfifo -m 600 journal/checkpoint", "is not a plain one")]
    [InlineData("key", "chmod 644 keys/recordings.key", "can be read by others; run: chmod go=")]
    public async Task What_does_not_belong_there_is_refused_with_what_to_do(string what, string act, string mend)
    {
        Root.Require();
        using (var writer = EvidenceWriter.Start(_data, rounds: 1))
        {
            Assert.Equal(0, await writer.EndAsync());
        }

        ProgramResult done = await Programs.RunAsync("sh", ["-c", $"cd {_data} && {act}"]);
        Assert.True(done.ExitCode == 0, done.ToString());
        using var refused = EvidenceWriter.Start(_data, rounds: 1);
        Assert.True(await refused.EndAsync() is 3 or 4, what);
        Assert.Contains(mend, refused.Lines[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(refused.Lines, line => line.StartsWith("ack", StringComparison.Ordinal));
    }

    private string Newest(string pattern) => Directory.GetFiles(Path.Combine(_data, "journal", "segments"), pattern)
        .Order(StringComparer.Ordinal).Last();
}
