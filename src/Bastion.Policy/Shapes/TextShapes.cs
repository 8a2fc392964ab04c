using Bastion.Policy.Values;

namespace Bastion.Policy.Shapes;

/// <summary>The single values of the language: names, lengths of time, networks, paths and so on.</summary>
internal static class TextShapes
{
    public static readonly TextShape Name = new("a name", "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$",
        "a name has letters, digits, `.`, `_` and `-`, begins with a letter or digit, and is at most 64 long (`+` "
            + "and `@` have a meaning at login)");

    public static readonly TextShape NamePattern = new("a name or pattern", "^[A-Za-z0-9*?][A-Za-z0-9._*?-]{0,63}$",
        "a name has letters, digits, `.`, `_` and `-`; in a pattern `*` stands for any characters and `?` for one");

    public static readonly TextShape Account = new("an account", "^[A-Za-z0-9_][A-Za-z0-9._-]{0,63}$",
        "an account is a login on the target: letters, digits, `.`, `_` and `-`");

    public static readonly TextShape AccountPattern =
        new("an account or pattern", "^[A-Za-z0-9_*?][A-Za-z0-9._*?-]{0,63}$",
        "an account is a login on the target; in a pattern `*` stands for any characters and `?` for one");

    /// <summary>A sentence a person reads.</summary>
    public static readonly TextShape Sentence = new("a sentence", null, text =>
        text.Length > 1_000 ? "at most 1,000 characters" : text.Any(char.IsControl)
        ? "one line, without control characters"
        : null);

    public static readonly TextShape Host = new("a host", "^[A-Za-z0-9:][A-Za-z0-9.:_-]{0,252}$", text =>
        text.Length is > 0 and <= 253 && Uri.CheckHostName(text) != UriHostNameType.Unknown
        ? null
        : "a host name or an address, without port");

    public static readonly TextShape PublicKey =
        new("a public key", "^[a-z0-9@.-]+ [A-Za-z0-9+/]+={0,2}( .*)?$", PublicKeyText.ProblemOf);

    public static readonly TextShape CredentialName =
        new("the name of a credential", "^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$",
        "the name under which the vault holds it, such as `orders-db/app`; never the secret itself");

    public static readonly TextShape Duration = new("a length of time", DurationText.Pattern, text =>
        DurationText.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Hours = new("a range of hours", TimeWindow.Pattern, text =>
        TimeWindow.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Network = new("a network", "^[0-9A-Fa-f:.]+(/[0-9]{1,3})?$", text =>
        NetworkText.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Instant = new("a moment", InstantText.Pattern, text =>
        InstantText.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Path = new("a path pattern", "^/", text =>
        PathPattern.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Destination =
        new("a destination", "^(/.*|.+:([0-9]{1,5}(-[0-9]{1,5})?|\\*))$", text =>
        DestinationPattern.TryParse(text, out _, out string? problem) ? null : problem);

    public static readonly TextShape Percent = new("a share", "^([1-9][0-9]?|100)%$", text =>
        TryPercent(text, out _) ? null : "a share is written `80%`, from `1%` to `100%`");

    public static readonly TextShape Variable = new("an environment variable", "^[A-Za-z_][A-Za-z0-9_]{0,63}[*]?$",
        "the name of a variable, or its beginning and `*`: `LC_*`");

    public static readonly TextShape LabelKey = new("the name of a label", "^[a-z][a-z0-9-]{0,31}$",
        "the name of a label has small letters, digits and `-`, such as `environment`");

    public static readonly TextShape LabelValue = new("the value of a label", "^[A-Za-z0-9][A-Za-z0-9._/-]{0,63}$",
        "the value of a label has letters, digits, `.`, `_`, `/` and `-`");

    public static readonly TextShape LabelPattern =
        new("the value of a label", "^[A-Za-z0-9*?][A-Za-z0-9._/*?-]{0,63}$",
        "the value of a label has letters, digits, `.`, `_`, `/` and `-`; in a pattern `*` stands for any characters");

    public static readonly TextShape Effect =
        new("an effect", "^(\\*|[a-z][a-z0-9-]*(\\.(\\*|[a-z][a-z0-9-]*))?)$", EffectWords.ProblemOfPattern);

    public static readonly TextShape ObjectKind =
        new("a kind of object", $"^({string.Join('|', EffectWords.ObjectKinds)})$", text =>
        EffectWords.ObjectKinds.Contains(text) ? null : Suggestion.Help(text, EffectWords.ObjectKinds));

    public static readonly TextShape ObjectPattern = new("an object pattern", null, text =>
        text.Length is > 0 and <= 1_024 && !text.Any(char.IsControl) ? null : "between 1 and 1,024 characters");

    public static readonly TextShape ClaimValue = new("the value of a claim", null, text =>
        text.Length is > 0 and <= 256 && !text.Any(char.IsControl) ? null : "between 1 and 256 characters");

    public static readonly TextShape FilePath = new("the path of a file", null, text =>
        text.Length is > 0 and <= 1_024 && !text.Any(char.IsControl)
        ? null
        : "the path of a file, as seen from this policy file");

    public static bool TryPercent(string text, out double share)
    {
        share = 0;
        if (!text.EndsWith('%') || !int.TryParse(text.AsSpan(0, text.Length - 1),
            System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out int percent))
        {
            return false;
        }

        share = percent / 100.0;
        return percent is >= 1 and <= 100;
    }
}
