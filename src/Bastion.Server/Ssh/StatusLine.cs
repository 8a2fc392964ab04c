using System.Globalization;
using System.Text;
using Bastion.Control.Approvals;
using Bastion.Control.Gating;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// One line at a terminal that is drawn over and over while people decide: carriage return, text, erase to the end of
/// the line; ASCII tags and no colour. Cut to one column less than the window, so that it never wraps.
/// </summary>
internal sealed class StatusLine(Channel client, int columns)
{
    /// <summary>Assumed of a window whose size the client does not know.</summary>
    private const int UsualColumns = 80;

    /// <summary>The last minute counts down by seconds; before that ten are often enough, for slow lines and
    /// recordings.</summary>
    private static readonly TimeSpan LastMinute = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan OftenEnough = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan EachSecond = TimeSpan.FromSeconds(1);

    private static readonly byte[] Wipe = "\r\e[K"u8.ToArray();

    private bool _drawn;

    public int Columns { get; set; } = columns;

    public static TimeSpan UntilNext(TimeSpan remaining) => remaining > LastMinute ? OftenEnough : EachSecond;

    public async ValueTask DrawAsync(HeldIntent held, string? aside, CancellationToken cancellationToken)
    {
        string text = Cut(TextOf(held, aside), (Columns > 0 ? Columns : UsualColumns) - 1);
        _drawn = true;
        await client.WriteAsync(Encoding.UTF8.GetBytes($"\r{text}\e[K"), cancellationToken);
    }

    public async ValueTask EraseAsync(CancellationToken cancellationToken)
    {
        if (_drawn)
        {
            _drawn = false;
            await client.WriteAsync(Wipe, cancellationToken);
        }
    }

    private static string TextOf(HeldIntent held, string? aside)
    {
        ApprovalRequest request = held.Request;
        TimeSpan left = held.Remaining;
        string[] approved = [.. request.Votes.Where(vote => vote.Approved).Select(vote => vote.Approver)];
        IEnumerable<string> waited = request.Candidates.Except(approved);
        string who = approved.Length == 0
            ? $"waiting for {string.Join(", ", waited)}"
            : $"{string.Join(", ", approved)} approved, {approved.Length} of {request.Quorum}; waiting for "
            + $"{string.Join(", ", waited)}";
        return VisibleText.Of(string.Create(
            CultureInfo.InvariantCulture,
            $"[HELD {(int)left.TotalMinutes}:{left.Seconds:00}] {aside ?? "Ctrl-C withdraws"}  {request.Id}  {who}"));
    }

    /// <summary>By display width, where everything beyond Latin counts as two columns: too short is better than a
    /// second line.</summary>
    internal static string Cut(string text, int width)
    {
        const int firstThatMayBeWide = 0x300;
        int used = 0;
        int length = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            used += rune.Value < firstThatMayBeWide ? 1 : 2;
            if (used > width)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return text[..length];
    }
}
