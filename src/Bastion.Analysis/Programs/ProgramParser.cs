using System.Collections.Frozen;
using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>Reads one entry; every mistake is noted with its place and the reading goes on.</summary>
internal sealed class ProgramParser(string file, int lineOffset, List<CatalogueError> errors)
{
    /// <summary>Deeper than any real command line's subcommands (`gcloud` needs seven).</summary>
    private const int MaximumCommandDepth = 12;

    private static readonly OptionGrammar NoOptions = new(OptionStyle.Gnu, false, new Dictionary<string, OptionSpec>());

    public static ProgramEntry Harmless(string name) =>
        new(name, Node(NoOptions, [], [], [], new Builder(), false), "harmless");

    public CommandNode ParseRoot(YamlNode body) => ParseNode(body, NoOptions, false, 0);

    private sealed class Builder
    {
        public Dictionary<string, CommandNode> Commands { get; } = new(StringComparer.Ordinal);

        public List<CommandPattern> Patterns { get; } = [];
    }

    private static CommandNode Node(
        OptionGrammar options, EffectRule[] effects, InnerCommand[] runs, OptionTest[] dryRun, Builder below,
        bool ignoreCase) =>
        new()
        {
            Options = options,
            Effects = effects,
            Runs = runs,
            DryRun = dryRun,
            Commands = below.Commands.ToFrozenDictionary(StringComparer.Ordinal),
            Patterns = [.. below.Patterns],
            IgnoreCase = ignoreCase,
        };

    private CommandNode ParseNode(YamlNode body, OptionGrammar inherited, bool ignoreCase, int depth)
    {
        if (body is YamlScalarNode { Value: null or "" })
        {
            return Node(inherited, [], [], [], new Builder(), ignoreCase);
        }

        if (body is not YamlMappingNode map || depth > MaximumCommandDepth)
        {
            Error(body, depth > MaximumCommandDepth
                ? "commands are nested too deep"
                : "expected a map of `options`, `effects`, `runs`, `commands` …");
            return Node(inherited, [], [], [], new Builder(), ignoreCase);
        }

        ignoreCase = Text(map, "ignore-case") is { } flag ? flag == "true" : ignoreCase;
        OptionGrammar options = ParseOptions(map, inherited, depth);
        List<EffectRule> effects = [];
        List<InnerCommand> runs = [];
        List<OptionTest> dryRun = [];
        var below = new Builder();
        var rules = new RuleParser(this, options);
        foreach ((YamlNode? keyNode, YamlNode? value) in map.Children)
        {
            switch (((YamlScalarNode)keyNode).Value)
            {
                case "style" or "options" or "unlisted" or "ignore-case" or "about":
                    break;
                case "dry-run":
                    dryRun.AddRange(rules.ParseOptionTests(value));
                    break;
                case "effects":
                    effects.AddRange(Items(value).Select(rules.ParseEffect).OfType<EffectRule>());
                    break;
                case "runs":
                    runs.AddRange(Items(value).Select(rules.ParseInner).OfType<InnerCommand>());
                    break;
                case "commands" when value is YamlMappingNode commands:
                    foreach ((YamlNode? name, YamlNode? command) in commands.Children)
                    {
                        AddCommand(name, command, below, options, ignoreCase, depth);
                    }

                    break;
                default:
                    Error(keyNode,
                        $"`{keyNode}` is no key here; expected style, options, unlisted, ignore-case, dry-run, "
                            + "effects, runs, commands or about");
                    break;
            }
        }

        return Node(options, [.. effects], [.. runs], [.. dryRun], below, ignoreCase);
    }

    private void AddCommand(YamlNode nameNode, YamlNode body, Builder below, OptionGrammar options, bool ignoreCase,
        int depth)
    {
        foreach (string name in nameNode.ToString()
            .Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] words = name.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            CommandNode node = ParseNode(body, options, ignoreCase, depth + 1);
            if (words.Length > 1 || name.Contains('*'))
            {
                below.Patterns.Add(new CommandPattern(words, node));
            }
            else if (!below.Commands.TryAdd(ignoreCase ? name.ToLowerInvariant() : name, node))
            {
                Error(nameNode, $"`{name}` stands here twice");
            }
        }
    }

    private OptionGrammar ParseOptions(YamlMappingNode map, OptionGrammar inherited, int depth)
    {
        OptionStyle style = inherited.Style;
        if (Child(map, "style") is { } styleNode)
        {
            style = styleNode.ToString() switch
            {
                "gnu" => OptionStyle.Gnu,
                "posix" => OptionStyle.Posix,
                "host" => OptionStyle.Host,
                "single-dash" => OptionStyle.SingleDash,
                "key-value" => OptionStyle.KeyValue,
                "cluster" => OptionStyle.Cluster,
                _ => OptionStyle.Gnu,
            };
            if (style == OptionStyle.Gnu && styleNode.ToString() != "gnu")
            {
                Error(styleNode,
                    $"`{styleNode}` is no style; expected gnu, posix, host, single-dash, key-value or cluster");
            }
        }
        else if (depth > 0 && style == OptionStyle.Cluster)
        {
            style = OptionStyle.Gnu;
        }

        bool takesValue = Text(map, "unlisted") is { } unlisted ? unlisted == "value" : inherited.UnlistedTakeValue;
        var specs = new Dictionary<string, OptionSpec>(inherited.Options, StringComparer.Ordinal);
        if (Child(map, "options") is { } optionsNode)
        {
            foreach (string word in optionsNode.ToString()
                .Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                AddOption(optionsNode, word, specs);
            }
        }

        return new OptionGrammar(style, takesValue, specs);
    }

    private void AddOption(YamlNode node, string word, Dictionary<string, OptionSpec> specs)
    {
        OptionArgument argument = word.EndsWith("[=]", StringComparison.Ordinal) ? OptionArgument.Optional
            : word.EndsWith('=') ? OptionArgument.Required : OptionArgument.None;
        string body =
            argument switch { OptionArgument.Optional => word[..^3], OptionArgument.Required => word[..^1], _ => word };
        string[] names = body.Split('|', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Any(name => name[0] is not ('-' or '+') || name.Contains('=')))
        {
            Error(node, $"`{word}` is no option; expected `-f|--force`, `-o|--output=` or `--color[=]`");
            return;
        }

        var spec = new OptionSpec(names[0], argument);
        foreach (string name in names)
        {
            specs[name] = spec;
        }
    }

    internal static IEnumerable<YamlNode> Items(YamlNode node) =>
        node is YamlSequenceNode list ? list.Children : [node];

    internal static YamlNode? Child(YamlMappingNode map, string key) =>
        map.Children.TryGetValue(new YamlScalarNode(key), out YamlNode? value) ? value : null;

    internal static string? Text(YamlMappingNode map, string key) => Child(map, key)?.ToString();

    internal void Error(YamlNode node, string message) =>
        errors.Add(new CatalogueError(file, (int)node.Start.Line + lineOffset, (int)node.Start.Column, message));

}
