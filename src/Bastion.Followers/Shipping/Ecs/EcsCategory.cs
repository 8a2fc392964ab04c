using System.Text.Json;

namespace Bastion.Followers.Shipping.Ecs;

/// <summary>Where a kind of record stands among the categories of the Elastic Common Schema.</summary>
/// <param name="Action">What happened, as ECS users search for it.</param>
/// <param name="Category">One of the schema's big buckets.</param>
/// <param name="Types">What the schema expects below that category.</param>
/// <param name="Outcome">`success`, `failure`, `unknown`, or null where the word makes no sense.</param>
internal sealed record EcsCategory(string Action, string Category, string[] Types, string? Outcome = null)
{
    private const string Success = "success";
    private const string Failure = "failure";
    private const string Unknown = "unknown";

    public static EcsCategory Of(string kind, JsonElement data) => kind switch
    {
        "login.succeeded" => new("login", "authentication", ["start"], Success),
        "login.failed" => new("login", "authentication", ["start"], Failure),
        "login.ended" => new("logout", "authentication", ["end"]),
        "session.started" => new("session-started", "session", ["start"], Success),
        "session.ended" => new("session-ended", "session", ["end"]),
        "session.interrupted" => new("session-interrupted", "session", ["end"], Unknown),
        "channel.opened" => new("channel-opened", "network", ["connection", "start"], Success),
        "channel.refused" => new("channel-refused", "network", ["connection", "denied"], Failure),
        "channel.ended" => new("channel-ended", "network", ["connection", "end"]),
        "request.refused" => new("request-refused", "network", ["denied"], Failure),
        "command.decided" => new("command-" + Word(data, "verdict"), "process", ["info"], OfVerdict(data)),
        "command.released" => new("command-released", "process", ["start"], Success),
        "command.ended" => new("command-ended", "process", ["end"], OfEnd(data)),
        "file.operation" => new("file-" + Word(data, "operation"), "file", OfOperation(data), OfVerdict(data)),
        "file.transferred" => new("file-transferred", "file", [IsTrue(data, "toTarget") ? "change" : "access"],
            IsTrue(data, "complete") ? Success : Failure),
        "approval.approved" => new("approval-granted", "process", ["info"], Success),
        "approval.denied" or "approval.expired" or "approval.refused" =>
            new(Hyphened(kind), "process", ["info"], Failure),
        "policy.loaded" => new("policy-loaded", "configuration", ["change"], Success),
        "policy.rejected" => new("policy-rejected", "configuration", ["change"], Failure),
        "gateway.started" => new("gateway-started", "host", ["start"], Success),
        "gateway.stopped" => new("gateway-stopped", "host", ["end"], Success),
        "administration.changed" => new(Hyphened(Word(data, "action")), "iam", ["admin", "change"], Success),
        "audit.viewed" => new("audit-viewed", "file", ["access"], Success),
        "recording.sealed" => new("recording-sealed", "file", ["creation"], Success),
        "anomaly.flagged" => new("anomaly-flagged", "process", ["info"]),
        "report.made" => new("report-made", "file", ["creation"], Success),
        "delivery.succeeded" => new("delivery-succeeded", "network", ["info"], Success),
        "delivery.failed" => new("delivery-failed", "network", ["info"], Failure),
        "journal.repaired" => new("journal-repaired", "host", ["change"], Unknown),
        _ when kind.StartsWith("approval.", StringComparison.Ordinal) => new(Hyphened(kind), "process", ["info"]),
        _ => new(Hyphened(kind), "host", ["info"]),
    };

    private static string? OfVerdict(JsonElement data) => Word(data, "verdict") switch
    {
        "permit" => Success,
        "forbid" => Failure,
        _ => Unknown,
    };

    private static string OfEnd(JsonElement data) =>
        data.TryGetProperty("exitStatus", out JsonElement status) ? status.GetInt64() == 0 ? Success : Failure
        : Word(data, "outcome") == "completed" ? Success : Unknown;

    private static string[] OfOperation(JsonElement data) => Word(data, "operation") switch
    {
        "remove" or "rmdir" => ["deletion"],
        "mkdir" or "symlink" or "link" => ["creation"],
        "open-read" or "get" or "opendir" => ["access"],
        _ => ["change"],
    };

    private static string Hyphened(string word) => word.Replace('.', '-');

    private static string Word(JsonElement data, string member) =>
        data.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.String
        ? value.GetString()!
        : "unknown";

    private static bool IsTrue(JsonElement data, string member) =>
        data.TryGetProperty(member, out JsonElement value) && value.ValueKind == JsonValueKind.True;
}
