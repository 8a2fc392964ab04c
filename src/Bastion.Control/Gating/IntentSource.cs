namespace Bastion.Control.Gating;

/// <summary>How an intent came to the gateway. A new protocol is a new source, never a second gate.</summary>
public enum IntentSource
{
    /// <summary>An exec request: one whole command line before anything runs (RFC 4254 section 6.5).</summary>
    Exec,

    /// <summary>An interactive shell is asked for; its lines are intents of their own.</summary>
    Shell,

    /// <summary>One line of an interactive shell.</summary>
    ShellLine,

    /// <summary>A subsystem by name, such as <c>sftp</c>; its operations are intents of their own.</summary>
    Subsystem,

    /// <summary>One SFTP operation on a path.</summary>
    FileOperation,

    /// <summary>A direct-tcpip channel: the client asks for a connection from the target (RFC 4254 section
    /// 7.2).</summary>
    DirectTcpIp,

    /// <summary>A tcpip-forward request: the target is to listen (RFC 4254 section 7.1).</summary>
    RemoteForward,

    /// <summary>The target asks for the client's agent.</summary>
    AgentForward,

    /// <summary>The target asks for the client's X display.</summary>
    X11Forward,
}

/// <summary>How surely the text is what will happen (architecture: "where intents come from").</summary>
public enum Certainty
{
    /// <summary>These bytes and no others are what will run.</summary>
    Exact,

    /// <summary>Read off a terminal: an aid against mistakes, never a boundary.</summary>
    Observed,
}
