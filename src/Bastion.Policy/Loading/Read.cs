using System.Globalization;
using System.Net;
using Bastion.Policy.Model;
using Bastion.Policy.Shapes;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Reads values out of nodes whose shape was checked: what is there is right, what is not there is the
/// default.</summary>
internal static class Read
{
    public static string? Text(MapNode map, string key) => (map[key] as ScalarNode)?.Value;

    public static IReadOnlyList<string> Texts(MapNode map, string key) => Texts(map[key]);

    public static IReadOnlyList<string> Texts(Node? node) => node switch
    {
        ListNode list => [.. list.Items.OfType<ScalarNode>().Select(item => item.Value)],
        ScalarNode one => [one.Value],
        _ => [],
    };

    public static bool Flag(MapNode map, string key, bool otherwise = false) =>
        Text(map, key) is { } text ? text == "true" : otherwise;

    public static int? Number(MapNode map, string key) =>
        Text(map, key) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    public static TimeSpan? Duration(MapNode map, string key) =>
        Text(map, key) is { } text && DurationText.TryParse(text, out TimeSpan duration, out _) ? duration : null;

    public static DateTimeOffset? Instant(MapNode map, string key) =>
        Text(map, key) is { } text && InstantText.TryParse(text, out DateTimeOffset instant, out _) ? instant : null;

    public static Reason? Sentence(MapNode map, string key) => map[key] switch
    {
        ScalarNode text => Reason.Same(text.Value),
        MapNode both => new Reason(Text(both, "en")!, Text(both, "zh")!),
        _ => null,
    };

    public static IReadOnlyDictionary<string, string> Table(MapNode map, string key) =>
        map[key] is MapNode table
            ? table.Entries.ToDictionary(e => e.Key.Value, e => ((ScalarNode)e.Value).Value, StringComparer.Ordinal)
            : new Dictionary<string, string>();

    public static IReadOnlyList<TimeWindow> Hours(MapNode map) =>
        [.. Texts(map, "hours").Select(text => TimeWindow.TryParse(text, out TimeWindow? window, out string? problem)
        ? window
        : throw new FormatException(problem))];

    public static IReadOnlyList<IPNetwork> Networks(MapNode map) =>
        [.. Texts(map, "networks").Select(text => NetworkText.TryParse(text, out IPNetwork network, out string? problem)
        ? network
        : throw new FormatException(problem))];

    public static IReadOnlyList<PathPattern> Paths(Node? node) =>
        [.. Texts(node).Select(text => PathPattern.TryParse(text, out PathPattern? pattern, out string? problem)
        ? pattern
        : throw new FormatException(problem))];

    public static IReadOnlyList<DestinationPattern> Destinations(MapNode map, string key) =>
        [.. Texts(map, key).Select(text => DestinationPattern.TryParse(text, out DestinationPattern? pattern,
        out string? problem) ? pattern : throw new FormatException(problem))];

    public static LoginMethods Logins(MapNode map)
    {
        LoginMethods methods = LoginMethods.None;
        foreach (string word in Texts(map, "login"))
        {
            methods |= (LoginMethods)(1 << Array.IndexOf(LanguageParts.LoginWords, word));
        }

        return methods;
    }

    public static ConsoleRights Console(MapNode map)
    {
        ConsoleRights rights = ConsoleRights.None;
        foreach (string word in Texts(map, "console"))
        {
            rights |= (ConsoleRights)(1 << Array.IndexOf(LanguageParts.ConsoleWords, word));
        }

        return rights;
    }

    public static ShellKind Shell(string word) => (ShellKind)Array.IndexOf(LanguageParts.ShellWords, word);

    public static PolicyAction Action(string word) => (PolicyAction)Array.IndexOf(LanguageParts.ActionWords, word);

    public static EffectLevel Level(string word) => (EffectLevel)Array.IndexOf(LanguageParts.LevelWords, word);

    public static TargetSelector Targets(Node? node) => node switch
    {
        null => TargetSelector.All,
        MapNode map => new TargetSelector(
            Texts(map, "name"),
            [.. map.Entries.Where(e => e.Key.Value != "name")
                .Select(e => KeyValuePair.Create(e.Key.Value, Texts(e.Value)))]),
        _ => new TargetSelector(Texts(node), []),
    };

    public static SessionSettings Session(Node? node) => node is MapNode map
        ? new SessionSettings(Number(map, "count"), Duration(map, "idle"), Duration(map, "length"), map["env"] is null
        ? null
        : Texts(map, "env"))
        : SessionSettings.None;
}
