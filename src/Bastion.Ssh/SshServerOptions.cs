using Bastion.Ssh.Keys;

namespace Bastion.Ssh;

/// <summary>One set for all connections of an endpoint; nothing in it belongs to one peer.</summary>
public sealed record SshServerOptions
{
    /// <summary>At least one; the first of each type answers for it. All are announced by
    /// hostkeys-00@openssh.com.</summary>
    public required IReadOnlyList<ISshSigner> HostKeys { get; init; }

    public SshAlgorithms Algorithms { get; init; } = SshAlgorithms.ForServer;

    public SshLimits Limits { get; init; } = SshLimits.Default;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
