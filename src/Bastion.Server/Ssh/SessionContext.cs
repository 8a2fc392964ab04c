using Bastion.Analysis;
using Bastion.Audit.Recordings;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Sessions;
using Bastion.Server.Ssh.Forwarding;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>What all channels of one session share.</summary>
internal sealed class SessionContext(
    Session session, SshConnection target, Gate gate, Analyzer analyzer, EvidenceLog evidence, RecordingStudio studio,
    TimeProvider time) : IDisposable
{
    private long _bytesToTarget;
    private long _bytesToClient;

    public Session Session { get; } = session;

    /// <summary>Logged in. Channels are opened on it; whoever opens one wraps it, so that nothing is sent
    /// unreleased.</summary>
    public SshConnection Target { get; } = target;

    public Gate Gate { get; } = gate;

    public Analyzer Analyzer { get; } = analyzer;

    public EvidenceLog Evidence { get; } = evidence;

    public RecordingStudio Studio { get; } = studio;

    public SessionRecordings Recordings { get; } = new(studio.Journal, studio.Options, session.Id);

    public TimeProvider Time { get; } = time;

    public SessionFlow Flow => Session.Flow;

    /// <summary>Whoever has something to ask the gate asks through this.</summary>
    public Asking AskingFor(IRequester requester) => new(Gate, Session, requester);

    /// <summary>For what is said to the person and concerns no channel of hers.</summary>
    public SessionNotices Notices { get; } = new();

    public GrantedBackchannels Backchannels { get; } = new();

    public SessionTraffic Traffic => new(Interlocked.Read(ref _bytesToTarget), Interlocked.Read(ref _bytesToClient));

    public void Count(long bytesToTarget, long bytesToClient)
    {
        Interlocked.Add(ref _bytesToTarget, bytesToTarget);
        Interlocked.Add(ref _bytesToClient, bytesToClient);
    }

    /// <summary>Forgets the key of its recordings; no channel is recorded any more.</summary>
    public void Dispose() => Recordings.Dispose();
}
