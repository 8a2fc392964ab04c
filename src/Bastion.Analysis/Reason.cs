namespace Bastion.Analysis;

/// <summary>One sentence that an approver understands, in English and in Chinese.</summary>
public sealed record Reason(string En, string Zh)
{
    public override string ToString() => En;
}
