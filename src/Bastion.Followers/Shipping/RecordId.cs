using System.Globalization;
using Bastion.Audit;

namespace Bastion.Followers.Shipping;

/// <summary>
/// What a record is called outside: the journal's origin, its sequence, the first half of its leaf hash. A record sent
/// twice has one name, and two records that claim the same place have two.
/// </summary>
internal static class RecordId
{
    private const int LeafBytes = 8;

    public static string Of(string origin, JournalEntry entry) => string.Create(
        CultureInfo.InvariantCulture,
        $"{origin}-{entry.Sequence:d12}-{Convert.ToHexStringLower(entry.LeafHash.Span[..LeafBytes])}");
}
