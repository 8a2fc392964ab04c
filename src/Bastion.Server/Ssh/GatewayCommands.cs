using System.Net;
using System.Text;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Followers.Receipts;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// What the gateway itself answers over plain SSH, to whoever names no target: `ssh alice@bastion receipts`. Each is
/// about the person's own things.
/// </summary>
internal sealed class GatewayCommands(SessionRegistry sessions, ReceiptDesk receipts, EvidenceLog evidence)
{
    private const int Done = 0;
    private const int Failed = 1;

    /// <summary>Sessions that are looked through for the newest one that is over.</summary>
    private const int MaximumListed = 50;

    /// <summary>The commands of one person who logged in from there. Null for one that the gateway does not
    /// know.</summary>
    public delegate Task<int?> Own(string command, Channel channel, ChannelNotices notices,
        CancellationToken cancellationToken);

    public Own Of(PolicyPrincipal person, IPEndPoint source) =>
        (command, channel, notices, cancellationToken) =>
        RunAsync(person, source, command, channel, notices, cancellationToken);

    private async Task<int?> RunAsync(
        PolicyPrincipal person, IPEndPoint source, string command, Channel channel, ChannelNotices notices,
        CancellationToken cancellationToken)
    {
        string[] words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return words is ["receipts"] or ["receipts", _]
            ? await ReceiptsAsync(person, source, words.ElementAtOrDefault(1), channel, notices, cancellationToken)
            : null;
    }

    /// <summary>The receipts of a session, on standard output, for a file that is kept elsewhere.</summary>
    private async Task<int> ReceiptsAsync(
        PolicyPrincipal person, IPEndPoint source, string? asked, Channel channel, ChannelNotices notices,
        CancellationToken cancellationToken)
    {
        if (await FindAsync(person, asked, cancellationToken) is not { } session)
        {
            await notices.SayAsync(
                asked is null
                    ? "you have had no session here yet"
                    : $"you have had no session `{asked}`", cancellationToken);
            return Failed;
        }

        await evidence.RecordAsync(new AuditViewed
        {
            Viewer = person.Name,
            What = "receipt",
            ViewedSession = session.Id,
            Source = source.ToString(),
        });
        string text = await receipts.OfSessionAsync(session, cancellationToken);
        await channel.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await notices.SayAsync(
            $"receipts of session {session.Id} on {session.Account}@{session.Target}; keep them where this "
                + "gateway's administrators "
            + "cannot write. `bastion audit verify FILE --log …` shows whether the journal still holds them",
            cancellationToken);
        return Done;
    }

    private async Task<SessionSummary?> FindAsync(PolicyPrincipal person, string? asked,
        CancellationToken cancellationToken)
    {
        if (asked is not null)
        {
            return await sessions.FindSummaryAsync(asked, cancellationToken) is { } named
                && named.Principal == person.Name ? named : null;
        }

        IReadOnlyList<SessionSummary> own =
            await sessions.ListAsync(person.Name, onlyRunning: false, MaximumListed, cancellationToken);
        return own.FirstOrDefault(session => session.End is not null) ?? (own.Count > 0 ? own[0] : null);
    }
}
