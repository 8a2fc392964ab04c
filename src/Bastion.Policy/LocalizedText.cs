namespace Bastion.Policy;

/// <summary>One sentence in the two languages the product speaks.</summary>
public sealed record LocalizedText(string En, string Zh)
{
    public static LocalizedText Same(string text) => new(text, text);

    public override string ToString() => En;
}
