using System.Net;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;

namespace Bastion.Server.Ssh;

/// <summary>
/// Records of connections that ended before anybody tried to log in: floods, scanners, broken protocols. Their number
/// is bounded, because each costs the sender a packet and the journal a line; what was left out is counted.
/// </summary>
internal sealed class RefusedConnections(EvidenceLog evidence, TimeProvider time)
{
    /// <summary>Enough to see who it was; a flood of a day then makes some hundred megabytes, not the disk.</summary>
    public const int PerSecond = 10;

    private readonly Lock _lock = new();
    private long _second;
    private int _count;
    private long _leftOut;

    public async ValueTask RecordAsync(IPEndPoint client, string reason)
    {
        long leftOut;
        lock (_lock)
        {
            long second = time.GetTimestamp() / time.TimestampFrequency;
            if (second != _second)
            {
                (_second, _count) = (second, 0);
            }

            if (++_count > PerSecond)
            {
                _leftOut++;
                return;
            }

            leftOut = _leftOut;
            _leftOut = 0;
        }

        await evidence.TryRecordAsync(new RequestRefused
        {
            What = "connection",
            Source = client.ToString(),
            Reason = leftOut == 0 ? reason : $"{reason} (and {leftOut} other connections before it)",
        });
    }
}
