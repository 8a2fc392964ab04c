using Bastion.Audit.Records;

namespace Bastion.Control.Evidence;

public static class OptionalText
{
    /// <summary>Absent stays absent: an empty text in a record would say that somebody gave one.</summary>
    public static PeerText? OrNone(string? text) => text is null ? default(PeerText?) : PeerText.FromString(text);
}
