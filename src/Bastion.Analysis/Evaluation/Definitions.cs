namespace Bastion.Analysis.Evaluation;

/// <summary>All that a name was defined as, newest first: which of them is in force may depend on a branch, so each
/// counts.</summary>
/// <param name="IsCertain">The name surely stands for one of them.</param>
internal sealed record Definitions<T>(T[] All, bool IsCertain)
{
    /// <summary>More definitions of one name are nobody's everyday text; of those beyond, the oldest are
    /// dropped.</summary>
    private const int MaximumDefinitions = 8;

    public static Definitions<T> None { get; } = new([], false);

    public static Definitions<T> Of(T newest, Definitions<T>? before)
    {
        if (before is null || before.All.Length == 0)
        {
            return new Definitions<T>([newest], true);
        }

        return new Definitions<T>(
            [newest, .. before.All.Where(one => !EqualityComparer<T>.Default.Equals(one, newest))
                .Take(MaximumDefinitions - 1)],
            true);
    }
}
