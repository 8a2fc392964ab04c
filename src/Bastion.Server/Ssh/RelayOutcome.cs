using Bastion.Control;
using Bastion.Control.Sessions;

namespace Bastion.Server.Ssh;

/// <summary>How a stay at the SSH front door ended. Every connection ends in exactly one of these.</summary>
internal enum RelayOutcome
{
    ClientClosed,
    ClientProtocolError,
    LoginRefused,
    TooManyConnections,
    NoTargetNamed,
    NotGranted,
    TargetUnreachable,
    TargetHostKeyMismatch,
    TargetAuthenticationFailed,
    TargetClosed,
    RecordingFailed,
    AuditUnavailable,

    /// <summary>The session was ended from outside: killed, a limit, shutdown. The session knows which.</summary>
    SessionEnded,
    InternalFault,
}

/// <summary>A way in that is closed, with the one sentence that tells the engineer why and what to do.</summary>
internal sealed class RelayEndException(RelayOutcome outcome, string sentence, Exception? inner = null)
    : Exception(sentence, inner)
{
    public RelayOutcome Outcome { get; } = outcome;

    /// <summary>What the gateway itself can do for this person, who asked for no target.</summary>
    public GatewayCommands.Own? Commands { get; init; }
}

internal static class RelayOutcomes
{
    /// <summary>What the client's command exits with when it never ran.</summary>
    public static int ExitCode(this RelayOutcome outcome) => outcome switch
    {
        RelayOutcome.NoTargetNamed => ExitCodes.Success,
        RelayOutcome.TargetUnreachable or RelayOutcome.TargetClosed or RelayOutcome.RecordingFailed
            or RelayOutcome.AuditUnavailable or RelayOutcome.SessionEnded
            or RelayOutcome.InternalFault => ExitCodes.TryAgain,
        RelayOutcome.ClientClosed or RelayOutcome.ClientProtocolError or RelayOutcome.LoginRefused
            or RelayOutcome.TooManyConnections or RelayOutcome.NotGranted or RelayOutcome.TargetHostKeyMismatch
            or RelayOutcome.TargetAuthenticationFailed => ExitCodes.Blocked,
    };

    public static SessionEndKind ToEndKind(this RelayOutcome outcome) => outcome switch
    {
        RelayOutcome.ClientClosed => SessionEndKind.Closed,
        RelayOutcome.ClientProtocolError => SessionEndKind.ClientFailed,
        RelayOutcome.TargetUnreachable or RelayOutcome.TargetHostKeyMismatch
            or RelayOutcome.TargetAuthenticationFailed or RelayOutcome.TargetClosed => SessionEndKind.TargetFailed,
        RelayOutcome.RecordingFailed or RelayOutcome.AuditUnavailable => SessionEndKind.EvidenceFailed,
        _ => SessionEndKind.Closed,
    };
}
