namespace Bastion.EndToEnd;

/// <summary>Classes of this collection run one after another when all others are done.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
