using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class TransferFigures
{
    private const int MaxListed = 200;

    private readonly PriorityQueue<Transfer, long> largest = new();
    private readonly PriorityQueue<OpaqueSession, long> opaque = new();
    private readonly Counts operations = new(maxNames: 64);
    private readonly Counts destinations = new();
    private long toTarget;
    private long fromTarget;
    private long bytesToTarget;
    private long bytesFromTarget;
    private long incomplete;
    private long withoutDigest;
    private long forwards;
    private long opaqueChannels;
    private long opaqueSessions;

    public void Transferred(ReadRecord record)
    {
        RecordMembers members = record.Members;
        long bytes = members.Number("length"u8) ?? 0;
        bool up = members.Flag("toTarget"u8);
        bool complete = members.Flag("complete"u8);
        string? digest = members.Text("sha256"u8);
        (up ? ref toTarget : ref fromTarget)++;
        (up ? ref bytesToTarget : ref bytesFromTarget) += bytes;
        incomplete += complete ? 0 : 1;
        withoutDigest += digest is null ? 1 : 0;
        if (largest.Count == MaxListed && largest.TryPeek(out _, out long least) && bytes <= least)
        {
            return;
        }
        var transfer = new Transfer(
            record.Entry.Sequence, record.At, record.Session?.Person, record.Session?.Target,
            Short(members.Text("path"u8) ?? ""), up, bytes, digest, complete);
        Keep(largest, transfer, bytes);
    }

    public void FileOperation(ReadRecord record) => operations.Add(record.Members.Text("operation"u8));

    public void ChannelOpened(ReadRecord record)
    {
        if (!record.Members.Is("type"u8, "session"u8))
        {
            forwards++;
            destinations.Add($"{record.Members.Text("type"u8)} {record.Members.Text("destination"u8)}");
        }
    }

    public void ChannelEnded(ReadRecord record) => opaqueChannels += record.Members.Flag("opaque"u8) ? 1 : 0;

    public void SessionEnded(ReadRecord record)
    {
        if (record.Members.Number("coveragePercent"u8) is { } coverage and < 100)
        {
            opaqueSessions++;
            Keep(opaque, new OpaqueSession(record.Entry.Session ?? "", record.At, record.Person, record.Target, coverage), -coverage);
        }
    }

    public TransferSection Build() => new()
    {
        ToTarget = toTarget,
        FromTarget = fromTarget,
        BytesToTarget = bytesToTarget,
        BytesFromTarget = bytesFromTarget,
        Incomplete = incomplete,
        WithoutDigest = withoutDigest,
        Largest = [.. largest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)],
        FileOperations = operations.Top(),
        Forwards = forwards,
        ForwardDestinations = destinations.Top(),
        OpaqueChannels = opaqueChannels,
        OpaqueSessionCount = opaqueSessions,
        OpaqueSessions = [.. opaque.UnorderedItems.OrderByDescending(item => item.Priority).ThenByDescending(item => item.Element.At).Select(item => item.Element)],
    };

    private static void Keep<T>(PriorityQueue<T, long> kept, T item, long weight)
    {
        if (kept.Count == MaxListed)
        {
            kept.EnqueueDequeue(item, weight);
        }
        else
        {
            kept.Enqueue(item, weight);
        }
    }

    private static string Short(string path) => path.Length > 300 ? path[..300] + "\u2026" : path;
}
