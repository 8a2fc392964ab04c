using Bastion.Audit.Storage;

namespace Bastion.Audit.Tests;

/// <summary>A journal whose files are taken away, or that another process wants too.</summary>
public sealed class PlaceTests : IDisposable
{
    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("segments/00000000000000000000.records", "moved")]
    [InlineData("segments/00000000000000000000.records", "deleted")]
    [InlineData("segments/00000000000000000000.records", "copied")]
    [InlineData("segments/00000000000000000000.checkpoints", "deleted")]
    [InlineData("segments", "moved")]
    public async Task What_is_not_where_it_is_looked_for_any_more_faults_without_a_further_record(
        string what, string how)
    {
        Journal journal = await OpenAsync(TimeSpan.FromMilliseconds(10));
        await journal.AppendAsync(SampleJournal.Started("s1"));
        Displace(Path.Combine(_directory.Journal, what), how);
        JournalUnavailableException fault = await Assert.ThrowsAsync<JournalUnavailableException>(
            () => journal.Completion.WaitAsync(TimeSpan.FromSeconds(30)));
        Assert.Contains("was moved, removed or replaced", fault.Message, StringComparison.Ordinal);
        await journal.DisposeAsync();
    }

    [Fact]
    public async Task Nothing_is_acknowledged_that_went_into_a_file_without_its_name()
    {
        Journal journal = await OpenAsync(TimeSpan.FromHours(1));
        await journal.AppendAsync(SampleJournal.Started("s1"));
        Displace(Path.Combine(_directory.Segments, "00000000000000000000.records"), "deleted");
        await Assert.ThrowsAsync<JournalUnavailableException>(
            () => journal.AppendAsync(SampleJournal.Decided("s1", "ls")));
        await journal.DisposeAsync();
    }

    [Fact]
    public async Task A_second_opening_is_refused_whatever_was_removed()
    {
        await using Journal journal = await OpenAsync(TimeSpan.FromHours(1));
        foreach (string file in Directory.EnumerateFiles(_directory.Journal, "*", SearchOption.AllDirectories))
        {
            File.Delete(file);
            JournalUnavailableException held = await Assert.ThrowsAsync<JournalUnavailableException>(
                () => OpenAsync(TimeSpan.FromHours(1)));
            Assert.Contains("in use by another process", held.Message, StringComparison.Ordinal);
        }
    }

    private Task<Journal> OpenAsync(TimeSpan watch) => Journal.OpenAsync(_directory.Path, new JournalOptions
    {
        Signer = SampleJournal.Signer,
        FileSystem = PhysicalFileSystem.Instance,
        WatchInterval = watch,
    });

    private static void Displace(string path, string how)
    {
        switch (how)
        {
            case "moved":
                Directory.Move(path, path + ".away");
                break;
            case "deleted":
                File.Delete(path);
                break;
            default:
                // The same bytes under the same name, and another file.
                File.Copy(path, path + ".copy");
                File.Move(path + ".copy", path, overwrite: true);
                break;
        }
    }
}
