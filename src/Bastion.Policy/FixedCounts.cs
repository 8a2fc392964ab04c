namespace Bastion.Policy;

/// <summary>Answers every counter alike, where nothing is counted: in cases, explanations and comparisons.</summary>
public sealed class FixedCounts(long answer) : ICountSource
{
    public bool TryCount(PolicyCounter counter, PolicyRequest request, out long count)
    {
        count = answer;
        return true;
    }
}
