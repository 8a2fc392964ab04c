namespace Bastion.Ssh;

/// <summary>
/// Bounds of one connection. What a peer can make us hold is at most <see cref="ReceiveBudget"/> of channel data plus
/// <see cref="MaximumChannels"/> × <see cref="MinimumWindow"/>; everything else here bounds counts of small things.
/// </summary>
public sealed record SshLimits
{
    public static SshLimits Default { get; } = new();

    /// <summary>
    /// Bytes that the peer may have under way on one channel. 2 MiB carries 40 MB/s over a round trip of 50 ms, and
    /// is what OpenSSH grants.
    /// </summary>
    public int ChannelWindow { get; init; } = 2 * 1024 * 1024;

    /// <summary>The smallest window a channel is given once the budget is spent; under this, transfers crawl.</summary>
    public int MinimumWindow { get; init; } = 64 * 1024;

    /// <summary>Sum of the windows granted at full size to the channels of one connection.</summary>
    public int ReceiveBudget { get; init; } = 32 * 1024 * 1024;

    /// <summary>
    /// Largest data part of one message that we announce (RFC 4254 section 5.1). 32 KiB is the size that every
    /// implementation handles: RFC 4253 section 6.1 promises no more than a payload of 32768 bytes.
    /// </summary>
    public int MaximumPacketSize { get; init; } = 32 * 1024;

    /// <summary>Channels open at once. OpenSSH's MaxSessions is 10 and multiplexing clients add forwards.</summary>
    public int MaximumChannels { get; init; } = 128;

    /// <summary>Channel opens and global requests that arrived and that nobody has taken yet.</summary>
    public int MaximumPendingRequests { get; init; } = 64;

    /// <summary>Requests (env, pty-req, …) waiting on one channel. A login sends a few dozen env requests at
    /// most.</summary>
    public int MaximumQueuedRequestsPerChannel { get; init; } = 256;

    /// <summary>
    /// Stretches of data waiting on one channel: neighbours of the same stream are joined, so only a peer that
    /// alternates between stdout and stderr byte by byte, unread, reaches this.
    /// </summary>
    public int MaximumQueuedItemsPerChannel { get; init; } = 65_536;

    /// <summary>Answers that wait because the peer does not read them or exchanges keys; beyond it, it floods
    /// us.</summary>
    public int MaximumUnsentReplies { get; init; } = 1024;

    /// <summary>Time from the first byte until the user is authenticated.</summary>
    public TimeSpan LoginGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Bytes in one direction after which we exchange keys anew (RFC 4253 section 9 names 1 GB).</summary>
    public long RekeyBytes { get; init; } = 1L << 30;

    /// <summary>Packets in one direction after which we exchange keys anew (RFC 4344 section 3.1 forbids over
    /// 2^31).</summary>
    public long RekeyPackets { get; init; } = 1L << 28;

    /// <summary>Time after which we exchange keys anew.</summary>
    public TimeSpan RekeyInterval { get; init; } = TimeSpan.FromHours(1);
}
