using Bastion.Audit.Reports.Reading;

namespace Bastion.Audit.Reports.Figures;

/// <summary>The record in hand, with what is known of its session. One object for the whole reading.</summary>
internal sealed class ReadRecord(RecordMembers members)
{
    public RecordMembers Members { get; } = members;

    public JournalEntry Entry { get; private set; } = null!;

    public DateTimeOffset At => Entry.At;

    /// <summary>What is known of <see cref="JournalEntry.Session"/>; null when it has none, or began before the
    /// reading.</summary>
    public KnownSession? Session { get; private set; }

    public SliceCount Slice { get; private set; } = null!;

    public void Set(JournalEntry entry, KnownSession? session, SliceCount slice)
    {
        Entry = entry;
        Session = session;
        Slice = slice;
    }

    /// <summary>Who the record is about: it says so itself, or its session does.</summary>
    public string Person => Members.Text("user"u8) ?? Session?.Person ?? "\u2013";

    public string Target => Members.Text("target"u8) ?? Session?.Target ?? "\u2013";
}

/// <summary>A session that has begun and not ended.</summary>
internal sealed class KnownSession(string id, string person, string target, DateTimeOffset started)
{
    public string Id { get; } = id;

    public string Person { get; } = person;

    public string Target { get; } = target;

    public DateTimeOffset Started { get; } = started;

    /// <summary>A command or a shell was let through.</summary>
    public bool Ran { get; set; }

    public bool Terminal { get; set; }

    /// <summary>A command without a terminal answered something.</summary>
    public bool Output { get; set; }

    /// <summary>A session has at most some dozens of channels.</summary>
    public HashSet<long> CommandChannels { get; } = [];

    /// <summary>There was something to film: a terminal, or output of a command.</summary>
    public bool ToBeRecorded => Ran && (Terminal || Output);

    public int SealedParts { get; set; }

    public bool Recovered { get; set; }
}

/// <summary>Sums of one day or hour.</summary>
internal sealed class SliceCount
{
    public long Sessions;
    public long Ran;
    public long Approved;
    public long NotApproved;
    public long Forbidden;
    public long FailedLogins;
    public long Anomalies;
    public long CoverageSum;
    public long CoverageCount;
    public long Bytes;
}
