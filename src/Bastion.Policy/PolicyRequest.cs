using System.Net;

namespace Bastion.Policy;

/// <summary>What is asked of a target. The words in policy files are in <see cref="PolicyWords"/>.</summary>
public enum PolicyAction
{
    /// <summary>Being on this target with this account at all: any grant gives it.</summary>
    Connect,
    Exec,
    Shell,
    SftpRead,
    SftpWrite,
    SftpDelete,

    /// <summary>A connection through the target to somewhere else (`direct-tcpip`, `direct-streamlocal`).</summary>
    Forward,

    /// <summary>A port listened to on the target (`tcpip-forward`).</summary>
    RemoteForward,
    Agent,
    X11,

    /// <summary>A database tunnel in which the gateway reads each statement.</summary>
    Database,
}

/// <summary>How much of a shell the gateway understands, from nothing given to the widest.</summary>
public enum ShellKind
{
    None,

    /// <summary>The kernel guard on the target reports every program before it runs.</summary>
    Guarded,

    /// <summary>The gateway owns the line editor; each line runs as an exec.</summary>
    Line,

    /// <summary>The terminal is read as a person would: an aid against mistakes, not a boundary.</summary>
    Observed,
}

public enum EffectLevel
{
    Low,
    Medium,
    High,
    Critical,
}

/// <summary>How a person proved who she is, in this session. Several at once.</summary>
[Flags]
public enum LoginMethods
{
    None = 0,
    Password = 1,
    PublicKey = 2,

    /// <summary>A FIDO `sk-` key, touched. The caller sets <see cref="PublicKey"/> beside it.</summary>
    HardwareKey = 4,

    /// <summary>An OpenSSH certificate of a trusted CA. The caller sets <see cref="PublicKey"/> beside it.</summary>
    Certificate = 8,
    Totp = 16,
    Passkey = 32,
    IdentityProvider = 64,
}

/// <summary>Who asks: the name, and what an identity provider or a certificate authority says about it.</summary>
public sealed record PolicyPrincipal(string Name)
{
    /// <summary>Claims of a verified token, such as (`groups`, `dba`). Never from an unverified one.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Claims { get; init; } = [];

    /// <summary>Principals of a verified OpenSSH certificate.</summary>
    public IReadOnlyList<string> CertificatePrincipals { get; init; } = [];
}

/// <summary>One thing an effect touches. <paramref name="Kind"/> is such as `path`, `table`, `host`.</summary>
/// <param name="Known">False when the text is not surely what will be touched (computed, expanded, remote).</param>
public sealed record PolicyObject(string Kind, string Text, bool Known = true);

/// <summary>What a command would do: the kind as analysis names it (`file.delete`), and to what.</summary>
public sealed record PolicyEffect(string Kind, EffectLevel Level, IReadOnlyList<PolicyObject> Objects)
{
    public PolicyEffect(string kind, EffectLevel level) : this(kind, level, [])
    {
    }
}

/// <summary>Where a forward goes. For a unix socket the path is in <paramref name="Host"/> and the port is 0.</summary>
public sealed record ForwardDestination(string Host, int Port);

/// <summary>A just-in-time grant that was asked for and given, until its end.</summary>
public sealed record ActiveGrant(string Grant, DateTimeOffset Until);

/// <summary>Answers how often something was done already. Called only for the counters a matching rule names.</summary>
public interface ICountSource
{
    /// <summary>
    /// The number of objects released under effects that match <paramref name="counter"/>, in its window up to now.
    /// False when it cannot be known: the rule then forbids.
    /// </summary>
    bool TryCount(PolicyCounter counter, PolicyRequest request, out long count);
}

/// <summary>The circumstances of a request. What is left out counts as not fulfilled.</summary>
public sealed record PolicyContext
{
    public required DateTimeOffset Time { get; init; }

    /// <summary>The client's address as the gateway sees it.</summary>
    public IPAddress? Source { get; init; }

    public LoginMethods Login { get; init; }

    /// <summary>Why, in the requester's words; null or empty when none was given.</summary>
    public string? Reason { get; init; }

    public string? Ticket { get; init; }

    /// <summary>Share of this session the gateway understood so far, 0 to 1; 1 for a new session.</summary>
    public double? Coverage { get; init; }

    /// <summary>Sessions this person has open already, this one not counted.</summary>
    public int OpenSessions { get; init; }

    /// <summary>Names of the targets already in use in this same session, for the walls between environments.</summary>
    public IReadOnlyList<string> SessionTargets { get; init; } = [];

    /// <summary>Just-in-time grants this person was given and that have not ended.</summary>
    public IReadOnlyList<ActiveGrant> ActiveGrants { get; init; } = [];

    /// <summary>
    /// The session was let in on the condition that somebody approves its opening, and nobody has yet: rules about
    /// <see cref="PolicyAction.Connect"/> speak of each of its acts until one is released.
    /// </summary>
    public bool AwaitsOpening { get; init; }

    public ICountSource? Counts { get; init; }
}

/// <summary>One question to the policy: may this person do this, there, now.</summary>
public sealed record PolicyRequest
{
    public required PolicyPrincipal Principal { get; init; }

    public required string Target { get; init; }

    public required string Account { get; init; }

    public required PolicyAction Action { get; init; }

    /// <summary>Which shell is asked for, for <see cref="PolicyAction.Shell"/> and for lines typed in one.</summary>
    public ShellKind Shell { get; init; }

    /// <summary>Absolute paths of a file operation; a rename has two. All of them must be granted.</summary>
    public IReadOnlyList<string> Paths { get; init; } = [];

    /// <summary>Where a forward, remote forward or database tunnel goes.</summary>
    public ForwardDestination? Destination { get; init; }

    public IReadOnlyList<PolicyEffect> Effects { get; init; } = [];

    public required PolicyContext Context { get; init; }
}
