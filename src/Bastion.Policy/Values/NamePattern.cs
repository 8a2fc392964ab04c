namespace Bastion.Policy.Values;

/// <summary>
/// Dotted names such as tables (`orders.customers`), without regard to case, and plain ones such as hosts and services.
/// </summary>
internal sealed class NamePattern(string text, bool dotted)
{
    private readonly string[] _parts = dotted ? text.Split('.') : [text];

    public string Text { get; } = text;

    public bool SurelyCovers(string name)
    {
        if (!dotted)
        {
            return Glob.Matches(Text, name, ignoreCase: true);
        }

        return !Glob.IsPattern(name) && name.AsSpan().Count('.') + 1 == _parts.Length && MatchesFromTheRight(name);
    }

    /// <summary>A name that leaves out its schema or database is compared by what it does say.</summary>
    public bool MayTouch(string name) => Glob.IsPattern(name) || MatchesFromTheRight(name);

    private bool MatchesFromTheRight(string name)
    {
        ReadOnlySpan<char> rest = name.AsSpan();
        for (int i = _parts.Length - 1; i >= 0; i--)
        {
            int dot = dotted ? rest.LastIndexOf('.') : -1;
            if (!Glob.Matches(_parts[i], rest[(dot + 1)..], ignoreCase: true))
            {
                return false;
            }

            if (dot < 0)
            {
                return true;
            }

            rest = rest[..dot];
        }

        return true;
    }
}
