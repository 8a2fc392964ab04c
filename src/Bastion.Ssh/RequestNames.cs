namespace Bastion.Ssh;

/// <summary>Channel request types: RFC 4254 section 6 and OpenSSH's PROTOCOL.</summary>
public static class RequestNames
{
    public const string PseudoTerminal = "pty-req";
    public const string X11 = "x11-req";
    public const string AgentForwarding = "auth-agent-req@openssh.com";
    public const string Environment = "env";
    public const string Shell = "shell";
    public const string Exec = "exec";
    public const string Subsystem = "subsystem";
    public const string WindowChange = "window-change";
    public const string FlowControl = "xon-xoff";
    public const string Signal = "signal";
    public const string Break = "break";
    public const string ExitStatus = "exit-status";
    public const string ExitSignal = "exit-signal";
    public const string EndOfWrite = "eow@openssh.com";
    public const string KeepAlive = "keepalive@openssh.com";
}

/// <summary>Global request names: RFC 4254 section 7 and OpenSSH's PROTOCOL.</summary>
public static class GlobalRequestNames
{
    public const string TcpIpForward = "tcpip-forward";
    public const string CancelTcpIpForward = "cancel-tcpip-forward";
    public const string StreamLocalForward = "streamlocal-forward@openssh.com";
    public const string CancelStreamLocalForward = "cancel-streamlocal-forward@openssh.com";
    public const string KeepAlive = "keepalive@openssh.com";
    public const string NoMoreSessions = "no-more-sessions@openssh.com";
    public const string HostKeys = "hostkeys-00@openssh.com";
    public const string ProveHostKeys = "hostkeys-prove-00@openssh.com";
}

/// <summary>Channel types: RFC 4254 sections 6 and 7 and OpenSSH's PROTOCOL.</summary>
public static class ChannelTypes
{
    public const string Session = "session";
    public const string X11 = "x11";
    public const string AgentForwarding = "auth-agent@openssh.com";
    public const string DirectTcpIp = "direct-tcpip";
    public const string ForwardedTcpIp = "forwarded-tcpip";
    public const string DirectStreamLocal = "direct-streamlocal@openssh.com";
    public const string ForwardedStreamLocal = "forwarded-streamlocal@openssh.com";
    public const string Tunnel = "tun@openssh.com";
}
