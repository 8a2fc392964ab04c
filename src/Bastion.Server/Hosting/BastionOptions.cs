using System.Net;
using Bastion.Web;

namespace Bastion.Server.Hosting;

/// <summary>Everything a gateway is told at its start. What can change while it runs stands in the policy.</summary>
public sealed record BastionOptions : WebOptions
{
    public required string PolicyDirectory { get; init; }

    /// <summary>Own entries of the command catalogue; null for the built-in ones alone.</summary>
    public string? CatalogueDirectory { get; init; }

    public IPAddress SshAddress { get; init; } = IPAddress.Any;

    /// <summary>0 takes a free one.</summary>
    public int SshPort { get; init; } = 2222;

    public ClientAlgorithms ClientAlgorithms { get; init; }

    /// <summary>In bytes. With less free disk no new session starts; running ones go on while they can.</summary>
    public long MinimumFreeDisk { get; init; } = 256L * 1024 * 1024;

    /// <summary>How often the policy files are looked at for changes.</summary>
    public TimeSpan PolicyPollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Enough to read what a command said, not a copy of a backup.</summary>
    public const int DefaultKeptContent = 256 * 1024;

    /// <summary>
    /// In bytes, of each direction of a channel without a terminal: so much of its beginning is recorded, locked as all
    /// recordings are. All of it is counted and digested. 0 keeps none.
    /// </summary>
    public int KeptContent { get; init; } = DefaultKeptContent;

    /// <summary>Diagnostics on standard error. Never evidence, never secrets.</summary>
    public bool LogToConsole { get; init; } = true;
}

/// <summary>What clients of the SSH front door are offered.</summary>
public enum ClientAlgorithms
{
    /// <summary>What auditors find nothing to say about, and every client of the last ten years finds something
    /// in.</summary>
    Modern,

    /// <summary>Also the NIST curves, ECDSA host keys and MACs that are not encrypt-then-MAC.</summary>
    Compatible,

    /// <summary>
    /// Without sntrup761x25519-sha512, which takes a client some 75 ms of processor time a login: for hosts that log in
    /// many times a second. OpenSSH before 9.9 then exchanges keys that a quantum computer could recover from a
    /// recording of the traffic; newer ones use ML-KEM, which costs next to nothing.
    /// </summary>
    Light,
}
