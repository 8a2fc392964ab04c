namespace Bastion.Analysis.Shell;

/// <summary>Why a text is no complete script.</summary>
/// <param name="Position">Where reading stopped.</param>
/// <param name="Incomplete">More text could make it right.</param>
/// <param name="Recovered">All of the text was read nevertheless: the tree hides nothing.</param>
internal sealed record ParseFailure(int Position, string Message, bool Incomplete, bool Recovered = false);

/// <summary>How much a text may ask of the parser.</summary>
internal static class ShellLimits
{
    /// <summary>Longer than any ARG_MAX command and any script a person reads; 4 M characters parse in well under a
    /// second.</summary>
    public const int MaximumLength = 4 * 1024 * 1024;

    /// <summary>Nested constructs of all kinds. Real scripts stay below 30; each level takes some 2 KiB of stack, so
    /// this takes 0.5 MB of a thread's 1.5 MB.</summary>
    public const int MaximumDepth = 200;
}
