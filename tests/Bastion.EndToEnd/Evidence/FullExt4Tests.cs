namespace Bastion.EndToEnd.Evidence;

/// <summary>
/// Evidence on an ext4 that is really full: unlike memory it gives space out late, in blocks and with a journal of its
/// own, so a write that was taken may still fail when it is synced.
/// </summary>
public sealed class FullExt4Tests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("bastion-ext4-").FullName;

    private string Mount => Path.Combine(_folder, "mount");

    private string Data => Path.Combine(Mount, "data");

    private string Filler => Path.Combine(Mount, "filler");

    public Task InitializeAsync()
    {
        Root.Require();
        string image = Path.Combine(_folder, "image");
        // Some containers may mount but have no loop devices: there it is a full tmpfs instead.
        return ShellAsync(
            $"truncate -s 48M {image} && mkfs.ext4 -q -m 0 {image} && mkdir {Mount} && "
            + $"{{ mount -o loop {image} {Mount} || mount -t tmpfs -o size=48M none {Mount}; }} && mkdir -m 700 "
            + $"{Data} && fallocate -l 36M {Filler}");
    }

    public async Task DisposeAsync()
    {
        await ShellAsync($"umount {Mount}");
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Nothing_is_acknowledged_that_is_not_there_and_with_room_it_starts_again()
    {
        using var writer = EvidenceWriter.Start(Data);
        Assert.Equal(3, await writer.EndAsync());
        Assert.Contains("space", writer.Lines[^1], StringComparison.OrdinalIgnoreCase);
        Assert.NotEmpty(writer.Acknowledged);

        File.Delete(Filler);
        using var last = EvidenceWriter.Start(Data, rounds: 1);
        Assert.Equal(0, await last.EndAsync());
        Assert.StartsWith("found False", last.Lines[0], StringComparison.Ordinal);
        await EvidenceWriter.AssertNothingLostAsync(Data, writer, last);
    }

    private static async Task ShellAsync(string command)
    {
        ProgramResult done = await Programs.RunAsync("sh", ["-c", command]);
        Assert.True(done.ExitCode == 0, done.ToString());
    }
}
