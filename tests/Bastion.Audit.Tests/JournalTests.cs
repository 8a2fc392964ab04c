using Bastion.Audit.Notes;
using Bastion.Audit.Records;

namespace Bastion.Audit.Tests;

public sealed class JournalTests : IDisposable
{
    private readonly TestDirectory directory = new();
    private readonly Ed25519NoteSigner signer = Ed25519NoteSigner.Generate("bastion.test/journal");

    public void Dispose() => directory.Dispose();

    private JournalOptions Options => new() { Signer = signer };

    [Fact]
    public async Task A_record_that_was_acknowledged_is_read_back_with_its_place()
    {
        JournalPosition position;
        await using (Journal journal = await Journal.OpenAsync(directory.Path, Options))
        {
            position = await journal.AppendAsync(new LoginFailed
            {
                User = "alice\n\u001b[2J", Source = "203.0.113.7:50122", Surface = Surface.Ssh, Reason = "no such key",
            });
        }
        JournalEntry entry = new JournalReader(directory.Path).Read(position.Sequence).First();
        Assert.Equal("login.failed", entry.Kind);
        Assert.Equal("alice\n\u001b[2J", entry.Text("user"));
        Assert.Equal(position.Sequence, entry.Sequence);
    }

    [Fact]
    public async Task Closing_and_opening_again_goes_on_with_the_next_sequence()
    {
        for (int round = 0; round < 3; round++)
        {
            await using Journal journal = await Journal.OpenAsync(directory.Path, Options);
            Assert.True(journal.Opening.CleanBefore);
        }
        JournalEntry[] entries = [.. new JournalReader(directory.Path).Read()];
        Assert.Equal([0L, 1, 2, 3, 4, 5], entries.Select(entry => entry.Sequence));
        Assert.Equal(["journal.opened", "journal.closed"], entries.Select(entry => entry.Kind).Distinct());
        Assert.Equal(6, new JournalReader(directory.Path).LatestCheckpoint()!.Size);
    }
}
