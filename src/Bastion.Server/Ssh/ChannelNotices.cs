using System.Globalization;
using System.Text;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// What the gateway itself says on a client's channel: on stderr, or on the data stream where there is a terminal. Each
/// line starts with `bastion: `, so that scripts can tell it from the command's own words.
/// </summary>
internal sealed class ChannelNotices(Channel client, bool terminal)
{
    public ValueTask<bool> SayAsync(string line, CancellationToken cancellationToken)
    {
        string text = $"bastion: {PlainText.OneLine(line)}{(terminal ? "\r\n" : "\n")}";
        return terminal
            ? client.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken)
            : client.WriteExtendedAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
    }

    public ValueTask<bool> SayHeldAsync(HeldIntent held, CancellationToken cancellationToken)
    {
        ApprovalRequest request = held.Request;
        string asked = request.Candidates.Count == 0 ? "nobody by name" : string.Join(", ", request.Candidates);
        return SayAsync(
            string.Create(
                CultureInfo.InvariantCulture,
                $"held, {request.Id}, up to {held.Remaining.TotalSeconds:0} s, asked {asked}: {request.Explanation.En}"),
            cancellationToken);
    }

    public ValueTask<bool> SayStillHeldAsync(HeldIntent held, CancellationToken cancellationToken) => SayAsync(
        string.Create(
            CultureInfo.InvariantCulture, $"held, {held.Request.Id}, {held.Remaining.TotalSeconds:0} s left"),
        cancellationToken);

    /// <summary>The sentence for people, then a line for machines.</summary>
    public async ValueTask SayRefusedAsync(Refusal refusal, CancellationToken cancellationToken)
    {
        await SayAsync(refusal.Reason.En, cancellationToken);
        StringBuilder line = new(Word(refusal.Kind));
        Append(line, "id", refusal.RequestId);
        Append(line, "rule", refusal.Rule);
        line.Append(CultureInfo.InvariantCulture, $" exit={refusal.ExitCode}");
        await SayAsync(line.ToString(), cancellationToken);
    }

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
        _ => "unavailable",
    };
}
