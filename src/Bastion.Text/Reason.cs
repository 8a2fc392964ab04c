namespace Bastion.Text;

/// <summary>One sentence that a person understands, in the two languages that the product speaks.</summary>
public sealed record Reason(string En, string Zh)
{
    public static Reason Same(string text) => new(text, text);

    public override string ToString() => En;
}
