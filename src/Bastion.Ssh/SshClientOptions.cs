using Bastion.Ssh.Keys;

namespace Bastion.Ssh;

/// <summary>How to reach and to recognise one server; who logs in is said after the key exchange.</summary>
public sealed record SshClientOptions
{
    /// <summary>
    /// Asked once, in the first key exchange, after the server proved that it holds the key. A later exchange must
    /// show the same key. False ends the connection with HostKeyNotVerifiable.
    /// </summary>
    public required Func<SshPublicKey, CancellationToken, ValueTask<bool>> VerifyHostKey { get; init; }

    public SshAlgorithms Algorithms { get; init; } = SshAlgorithms.ForClient;

    public SshLimits Limits { get; init; } = SshLimits.Default;

    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
