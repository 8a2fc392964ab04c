using System.Text;
using System.Text.Json.Nodes;
using Bastion.Audit;
using Bastion.Audit.Storage;
using Bastion.Audit.Tests;
using Bastion.Followers.Shipping;
using Bastion.Followers.Shipping.Files;

namespace Bastion.Followers.Tests.Shipping;

/// <summary>Lines of files on a disk that fills up, loses power and forgets.</summary>
public sealed class LineFileTests
{
    private static readonly LineFileOptions Options = new()
    {
        Name = "lines",
        Directory = "/var/log/bastion",
        RotateAt = 40_000,
    };

    [Fact]
    public async Task Lines_are_whole_documents_in_order_over_files_named_by_their_first_record()
    {
        SimulatedDisk disk = await SampleRecords.JournalAsync(SampleRecords.All);
        await using var destination = new FileDestination(Options, SampleRecords.Origin, disk);
        foreach (OutgoingRecord[] batch in Batches(disk, destination))
        {
            Assert.All((await destination.DeliverAsync(batch, CancellationToken.None)).Fates,
                fate => Assert.Equal(Fate.Delivered, fate.Fate));
        }

        IReadOnlyList<FileSystemEntry> files = disk.List(Options.Directory);
        Assert.True(files.Count > 2);
        foreach (FileSystemEntry file in files)
        {
            Assert.Equal(file.Name, $"audit-{Sequences(disk, file.Name)[0]:d12}.jsonl");
        }

        int size = (int)new JournalReader(SampleRecords.Directory, disk).Size();
        Assert.Equal(Enumerable.Range(0, size).Select(sequence => (long)sequence),
            files.SelectMany(file => Sequences(disk, file.Name)));
    }

    [Fact]
    public async Task A_full_disk_and_a_power_cut_leave_no_half_line_and_what_was_acknowledged()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            var choices = new Choices(seed);
            SimulatedDisk disk = await SampleRecords.JournalAsync(Enumerable.Range(0, 30)
                .Select(Audit.Records.AuditRecord (index) => SampleRecords.Command($"{index}")));
            var delivered = new List<long>();
            await using (var destination = new FileDestination(Options, SampleRecords.Origin, disk))
            {
                disk.Capacity = disk.UsedBytes + 10_000 + choices.Below(20_000);
                foreach (OutgoingRecord[] batch in Batches(disk, destination))
                {
                    DeliveryReport report = await destination.DeliverAsync(batch, CancellationToken.None);
                    if (report.Fates[0].Fate == Fate.Retry)
                    {
                        break;
                    }

                    delivered.AddRange(batch.Select(record => record.Entry.Sequence));
                }
            }

            SimulatedDisk found = disk.AfterPowerCut(choices);
            await using var again = new FileDestination(Options, SampleRecords.Origin, found);
            var rest = Batches(found, again).SelectMany(batch => batch)
                .Where(record => record.Entry.Sequence >= delivered.Count).ToList();
            await again.DeliverAsync(rest, CancellationToken.None);
            var lines = found.List(Options.Directory).SelectMany(file => Sequences(found, file.Name)).ToHashSet();
            Assert.Equal(new JournalReader(SampleRecords.Directory, found).Size(), lines.Count);
        }
    }

    private static List<OutgoingRecord[]> Batches(SimulatedDisk disk, FileDestination destination) =>
        new JournalReader(SampleRecords.Directory, disk).Read().Chunk(6).Select(chunk => chunk.Select(entry =>
        {
            string id = RecordId.Of(SampleRecords.Origin, entry);
            return new OutgoingRecord(id, entry, destination.Encode(entry, id));
        }).ToArray()).ToList();

    private static List<long> Sequences(SimulatedDisk disk, string name) =>
    [
        .. Encoding.UTF8.GetString(disk.Bytes(Path.Combine(Options.Directory, name)))
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => (long)JsonNode.Parse(line)!["event"]!["sequence"]!),
    ];
}
