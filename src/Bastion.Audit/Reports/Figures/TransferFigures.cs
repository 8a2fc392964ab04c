using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class TransferFigures
{
    private const int MaximumListed = 200;

    private readonly PriorityQueue<Transfer, long> _largest = new();
    private readonly PriorityQueue<OpaqueSession, long> _opaque = new();
    private readonly Counts _operations = new(maximumNames: 64);
    private readonly Counts _destinations = new();
    private long _toTarget;
    private long _fromTarget;
    private long _bytesToTarget;
    private long _bytesFromTarget;
    private long _incomplete;
    private long _withoutDigest;
    private long _forwards;
    private long _opaqueChannels;
    private long _opaqueSessions;

    public void Transferred(ReadRecord record)
    {
        RecordMembers members = record.Members;
        long bytes = members.Number("length"u8) ?? 0;
        bool up = members.Flag("toTarget"u8);
        bool complete = members.Flag("complete"u8);
        string? digest = members.Text("sha256"u8);
        (up ? ref _toTarget : ref _fromTarget)++;
        (up ? ref _bytesToTarget : ref _bytesFromTarget) += bytes;
        _incomplete += complete ? 0 : 1;
        _withoutDigest += digest is null ? 1 : 0;
        if (_largest.Count == MaximumListed && _largest.TryPeek(out _, out long least) && bytes <= least)
        {
            return;
        }

        var transfer = new Transfer(
            record.Entry.Sequence, record.At, record.Session?.Person, record.Session?.Target,
            Short(members.Text("path"u8) ?? ""), up, bytes, digest, complete);
        Keep(_largest, transfer, bytes);
    }

    public void FileOperation(ReadRecord record) => _operations.Add(record.Members.Text("operation"u8));

    public void ChannelOpened(ReadRecord record)
    {
        if (!record.Members.Is("type"u8, "session"u8))
        {
            _forwards++;
            _destinations.Add($"{record.Members.Text("type"u8)} {record.Members.Text("destination"u8)}");
        }
    }

    public void ChannelEnded(ReadRecord record) => _opaqueChannels += record.Members.Flag("opaque"u8) ? 1 : 0;

    public void SessionEnded(ReadRecord record)
    {
        if (record.Members.Number("coveragePercent"u8) is { } coverage and < 100)
        {
            _opaqueSessions++;
            Keep(_opaque, new OpaqueSession(record.Entry.Session ?? "", record.At, record.Person, record.Target,
                coverage), -coverage);
        }
    }

    public TransferSection Build() => new()
    {
        ToTarget = _toTarget,
        FromTarget = _fromTarget,
        BytesToTarget = _bytesToTarget,
        BytesFromTarget = _bytesFromTarget,
        Incomplete = _incomplete,
        WithoutDigest = _withoutDigest,
        Largest = [.. _largest.UnorderedItems.OrderByDescending(item => item.Priority).Select(item => item.Element)],
        FileOperations = _operations.Top(),
        Forwards = _forwards,
        ForwardDestinations = _destinations.Top(),
        OpaqueChannels = _opaqueChannels,
        OpaqueSessionCount = _opaqueSessions,
        OpaqueSessions = [.. _opaque.UnorderedItems.OrderByDescending(item => item.Priority)
            .ThenByDescending(item => item.Element.At).Select(item => item.Element)],
    };

    private static void Keep<T>(PriorityQueue<T, long> kept, T item, long weight)
    {
        if (kept.Count == MaximumListed)
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
