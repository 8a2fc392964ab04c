using System.Text;
using Bastion.Analysis;
using Bastion.Policy;

namespace Bastion.Control.Gating.Intents;

/// <summary>Where a forwarded connection goes, or is taken.</summary>
public abstract record Destination
{
    private protected Destination()
    {
    }

    /// <summary>In the policy's words.</summary>
    internal abstract ForwardDestination InPolicy { get; }

    /// <summary>One answer for each form there is.</summary>
    public abstract T Match<T>(Func<TcpDestination, T> tcp, Func<SocketDestination, T> socket);

    /// <summary>Null for a host that no name and no address is written as: a target that reads up to a NUL would go
    /// elsewhere.</summary>
    public static Destination? Tcp(string host, uint port) =>
        port <= ushort.MaxValue && VisibleText.IsOneLine(host) && !host.Contains(' ', StringComparison.Ordinal)
            ? new TcpDestination(host, (int)port)
            : null;

    /// <summary>Null for a path with a NUL in it.</summary>
    public static Destination? Socket(string path) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) ? new SocketDestination(path) : null;
}

public sealed record TcpDestination(string Host, int Port) : Destination
{
    internal override ForwardDestination InPolicy => new(Host, Port);

    public override T Match<T>(Func<TcpDestination, T> tcp, Func<SocketDestination, T> socket) => tcp(this);

    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}

/// <summary>A unix socket on the target.</summary>
public sealed record SocketDestination(string Path) : Destination
{
    // The policy has one form for both: a path has a slash and no port.
    internal override ForwardDestination InPolicy => new(Path, 0);

    public override T Match<T>(Func<TcpDestination, T> tcp, Func<SocketDestination, T> socket) => socket(this);

    public override string ToString() => Path;
}

/// <summary>The client asks for a connection from the target (RFC 4254 section 7.2, PROTOCOL section 2.4).</summary>
public sealed class ConnectIntent(Destination to, IntentContext context)
    : Intent(Encoding.UTF8.GetBytes(to.ToString()), context)
{
    public Destination To { get; } = to;

    public override string Origin => "direct-tcpip";

    internal override PolicyAction Action => PolicyAction.Forward;

    internal override ForwardDestination? Destination => To.InPolicy;

    public override string Describe() => $"connect to {To}";

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.Nothing;

    private protected override Intent CopyWith(IntentContext context) => new ConnectIntent(To, context);
}

/// <summary>The target is to listen for the client (RFC 4254 section 7.1, PROTOCOL section 2.4).</summary>
public sealed class ListenIntent(Destination at, IntentContext context)
    : Intent(Encoding.UTF8.GetBytes(at.ToString()), context)
{
    public Destination At { get; } = at;

    public override string Origin => "tcpip-forward";

    internal override PolicyAction Action => PolicyAction.RemoteForward;

    internal override ForwardDestination? Destination => At.InPolicy;

    public override string Describe() => $"listen at {At}";

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.Nothing;

    private protected override Intent CopyWith(IntentContext context) => new ListenIntent(At, context);
}

/// <summary>What is started next may ask the client's agent.</summary>
public sealed class AgentIntent(IntentContext context) : Intent([], context)
{
    public override string Origin => "agent";

    internal override PolicyAction Action => PolicyAction.Agent;

    public override string Describe() => "use the client's agent";

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.Nothing;

    private protected override Intent CopyWith(IntentContext context) => new AgentIntent(context);
}
