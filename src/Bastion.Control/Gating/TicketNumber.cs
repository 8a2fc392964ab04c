using System.Text.RegularExpressions;

namespace Bastion.Control.Gating;

/// <summary>
/// People write the ticket into the reason (`INC-4521 rebuild replica`): what looks like a ticket there is the ticket.
/// Whether it exists is for its approver to see; the gateway asks no other system.
/// </summary>
internal static partial class TicketNumber
{
    /// <summary>`INC-4521`, `OPS2-17` or `#8812`; null when the reason names none.</summary>
    public static string? In(string? reason) =>
        reason is not null && Form().Match(reason) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"(?<![\w-])([A-Z][A-Z0-9]{1,9}-[0-9]{1,8}|#[0-9]{2,9})(?![\w-])", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
