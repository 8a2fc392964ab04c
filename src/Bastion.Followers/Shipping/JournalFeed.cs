using Bastion.Audit;
using Bastion.Audit.Storage;

namespace Bastion.Followers.Shipping;

/// <summary>The journal as shippers see it: what is durable, in order.</summary>
/// <param name="DataDirectory">The one above `journal/`.</param>
/// <param name="Origin">The journal's name.</param>
/// <param name="DurableSize">How many records the journal has acknowledged.</param>
/// <param name="Files">Where it lies.</param>
internal sealed record JournalFeed(string DataDirectory, string Origin, Func<long> DurableSize, IFileSystem Files)
{
    public JournalCursor From(long sequence) => new(DataDirectory, sequence, Files);
}
