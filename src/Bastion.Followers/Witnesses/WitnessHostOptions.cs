using System.Net;
using Bastion.Audit.Notes;

namespace Bastion.Followers.Witnesses;

/// <summary>A witness that one runs, on a machine that the gateway's administrators do not hold.</summary>
public sealed record WitnessHostOptions
{
    /// <summary>Its own key, of type cosignature.</summary>
    public required INoteSigner Signer { get; init; }

    /// <summary>Public keys of the logs that it watches.</summary>
    public required IReadOnlyList<NoteVerifierKey> Logs { get; init; }

    /// <summary>Where it keeps the newest checkpoint of each.</summary>
    public required string Directory { get; init; }

    /// <summary>Port 0 takes a free one.</summary>
    public required IPEndPoint Listen { get; init; }

    /// <summary>PEM; null serves plain HTTP. Nothing here is secret, and a cosignature proves itself.</summary>
    public string? CertificateFile { get; init; }

    public string? CertificateKeyFile { get; init; }

    /// <summary>A log that shows nothing new or old for so long is a fault: gateways ask anew every five
    /// minutes.</summary>
    public TimeSpan Silence { get; init; } = TimeSpan.FromHours(1);
}
