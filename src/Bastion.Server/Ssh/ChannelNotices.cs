using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// What the gateway itself says on a client's channel: on stderr, or on the data stream where there is a terminal. Each
/// line starts with `bastion: `, so that scripts can tell it from the command's own words; for those that asked for
/// JSON each line is an object instead.
/// </summary>
internal sealed class ChannelNotices(Channel client, bool terminal, bool json = false)
{
    /// <summary>A full-screen program has the terminal: what is not about it stays unsaid.</summary>
    public Func<bool>? IsCovered { get; set; }

    public ValueTask<bool> SayAsync(string line, CancellationToken cancellationToken) =>
        SayAsync(line, new JsonObject { ["event"] = "notice" }, cancellationToken);

    /// <summary>Something that is not the answer to what this channel waits for.</summary>
    public async ValueTask SayAsideAsync(string line, CancellationToken cancellationToken)
    {
        if (IsCovered?.Invoke() != true)
        {
            await SayOnOwnLineAsync(line, cancellationToken);
        }
    }

    /// <summary>For what interrupts a program in the middle of its output.</summary>
    public async ValueTask SayOnOwnLineAsync(string line, CancellationToken cancellationToken)
    {
        if (terminal)
        {
            await client.WriteAsync("\r\n"u8.ToArray(), cancellationToken);
        }

        await SayAsync(line, cancellationToken);
    }

    public static string Held(HeldIntent held)
    {
        ApprovalRequest request = held.Request;
        string asked = request.Candidates.Count == 0 ? "nobody by name" : string.Join(", ", request.Candidates);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"held, {request.Id}, up to {held.Remaining.TotalSeconds:0} s, asked {asked}: {request.Explanation.En}");
    }

    public static string Approved(ApprovalRequest request) => string.Create(
        CultureInfo.InvariantCulture, $"approved by {string.Join(" and ", Approvers(request))}, {Seconds(request)} s");

    public ValueTask<bool> SayHeldAsync(HeldIntent held, CancellationToken cancellationToken) => SayAsync(
        Held(held),
        new JsonObject
        {
            ["event"] = "held",
            ["id"] = held.Request.Id,
            ["seconds"] = (int)held.Remaining.TotalSeconds,
            ["asked"] = Names(held.Request.Candidates),
            ["quorum"] = held.Request.Quorum,
        },
        cancellationToken);

    public ValueTask<bool> SayStillHeldAsync(HeldIntent held, CancellationToken cancellationToken) => SayAsync(
        string.Create(
            CultureInfo.InvariantCulture, $"held, {held.Request.Id}, {held.Remaining.TotalSeconds:0} s left"),
        new JsonObject
        {
            ["event"] = "waiting",
            ["id"] = held.Request.Id,
            ["seconds"] = (int)held.Remaining.TotalSeconds,
        },
        cancellationToken);

    public ValueTask<bool> SayApprovedAsync(ApprovalRequest request, CancellationToken cancellationToken) => SayAsync(
        Approved(request),
        new JsonObject
        {
            ["event"] = "approved",
            ["id"] = request.Id,
            ["by"] = Names(Approvers(request)),
            ["after"] = Seconds(request),
        },
        cancellationToken);

    /// <summary>The sentence for people, then a line for machines.</summary>
    public async ValueTask SayRefusedAsync(Refusal refusal, CancellationToken cancellationToken)
    {
        string word = Word(refusal.Kind);
        if (!json)
        {
            await SayAsync(refusal.Reason.En, cancellationToken);
        }

        var line = new StringBuilder(word);
        Append(line, "id", refusal.RequestId);
        Append(line, "by", refusal.DeniedBy);
        Append(line, "rule", refusal.Rule);
        line.Append(CultureInfo.InvariantCulture, $" exit={refusal.ExitCode}");
        await SayAsync(
            json ? refusal.Reason.En : line.ToString(),
            new JsonObject
            {
                ["event"] = word,
                ["id"] = refusal.RequestId,
                ["by"] = refusal.DeniedBy,
                ["rule"] = refusal.Rule,
                ["exit"] = refusal.ExitCode,
            },
            cancellationToken);
    }

    private ValueTask<bool> SayAsync(string line, JsonObject fields, CancellationToken cancellationToken)
    {
        line = VisibleText.Of(line);
        if (json)
        {
            fields["text"] = line;
            return client.WriteExtendedAsync(
                (byte[])[.. JsonSerializer.SerializeToUtf8Bytes(fields), (byte)'\n'], cancellationToken);
        }

        byte[] text = Encoding.UTF8.GetBytes($"bastion: {line}{(terminal ? "\r\n" : "\n")}");
        return terminal
            ? client.WriteAsync(text, cancellationToken)
            : client.WriteExtendedAsync(text, cancellationToken);
    }

    private static IEnumerable<string> Approvers(ApprovalRequest request) =>
        request.Votes.Where(vote => vote.Approved).Select(vote => vote.Approver);

    private static int Seconds(ApprovalRequest request) =>
        request.Votes.Count == 0 ? 0 : (int)(request.Votes.Max(vote => vote.At) - request.Created).TotalSeconds;

    private static JsonArray Names(IEnumerable<string> names) => [.. names.Select(name => (JsonNode)name)];

    private static void Append(StringBuilder line, string key, string? value)
    {
        if (value is not null)
        {
            line.Append(' ').Append(key).Append('=').Append(value);
        }
    }

    private static string Word(RefusalKind kind) => kind switch
    {
        RefusalKind.ByRule => "blocked",
        RefusalKind.ByPerson => "denied",
        RefusalKind.Expired => "expired",
        RefusalKind.Withdrawn => "withdrawn",
        RefusalKind.NotWaiting => "not-waiting",
        RefusalKind.Unavailable => "unavailable",
    };
}
