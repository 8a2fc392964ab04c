using Bastion.Audit.Canonical;

namespace Bastion.Audit.Records;

/// <summary>Where a person came in.</summary>
public enum Surface
{
    Ssh,
    Web,
    CommandLine,
}

public sealed record LoginSucceeded : AuditRecord
{
    public override string Kind => "login.succeeded";

    public required PeerText User { get; init; }

    /// <summary>Address and port of the peer.</summary>
    public required PeerText Source { get; init; }

    public required Surface Surface { get; init; }

    /// <summary>What was proved, in order: `publickey`, `totp`, `passkey`, `password`, `certificate`, …</summary>
    public required IReadOnlyList<string> Methods { get; init; }

    /// <summary>Fingerprint of the key whose signature was verified.</summary>
    public string? KeyFingerprint { get; init; }

    /// <summary>The software name the client gave.</summary>
    public PeerText? Client { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("client", Client);
        fields.Token("key", KeyFingerprint);
        fields.Tokens("methods", Methods);
        fields.Text("source", Source);
        fields.Token("surface", Surface);
        fields.Text("user", User);
    }
}

public sealed record LoginFailed : AuditRecord
{
    public override string Kind => "login.failed";

    /// <summary>The name as asked for; it may not exist.</summary>
    public required PeerText User { get; init; }

    public required PeerText Source { get; init; }

    public required Surface Surface { get; init; }

    /// <summary>The method that failed, or null when the peer left before any.</summary>
    public string? Method { get; init; }

    public required PeerText Reason { get; init; }

    public string? KeyFingerprint { get; init; }

    public PeerText? Client { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("client", Client);
        fields.Token("key", KeyFingerprint);
        fields.Token("method", Method);
        fields.Text("reason", Reason);
        fields.Text("source", Source);
        fields.Token("surface", Surface);
        fields.Text("user", User);
    }
}

/// <summary>Signed out of the web surface, or a token family revoked.</summary>
public sealed record LoginEnded : AuditRecord
{
    public override string Kind => "login.ended";

    public required PeerText User { get; init; }

    public required PeerText Reason { get; init; }

    public PeerText? Source { get; init; }

    internal override void WriteFields(RecordFields fields)
    {
        fields.Text("reason", Reason);
        fields.Text("source", Source);
        fields.Text("user", User);
    }
}
