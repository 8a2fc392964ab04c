namespace Bastion.Policy.Syntax;

/// <summary>A value in a policy file, with its place.</summary>
internal abstract record Node(SourceLocation Location)
{
    /// <summary>What a person would call it in an error.</summary>
    public abstract string Describe();
}

internal sealed record ScalarNode(SourceLocation Location, string Value, bool Quoted) : Node(Location)
{
    /// <summary>`key:` with nothing behind it, or a plain `~` or `null`.</summary>
    public bool IsEmpty => !Quoted && Value is "" or "~" or "null";

    public override string Describe() => IsEmpty ? "nothing" : $"`{Display(Value)}`";

    /// <summary>A value for an error: one line, nothing a terminal would obey, and no more of it than one needs to
    /// find it.</summary>
    public static string Display(string value) => VisibleText.Of(value, MaximumShown);

    private const int MaximumShown = 60;
}

internal sealed record ListNode(SourceLocation Location, IReadOnlyList<Node> Items) : Node(Location)
{
    public override string Describe() => "a list";
}

internal sealed record Entry(ScalarNode Key, Node Value);

internal sealed record MapNode(SourceLocation Location, IReadOnlyList<Entry> Entries) : Node(Location)
{
    public override string Describe() => "a block of `key: value`";

    public Node? this[string key]
    {
        get
        {
            foreach (Entry entry in Entries)
            {
                if (entry.Key.Value == key)
                {
                    return entry.Value;
                }
            }

            return null;
        }
    }
}
