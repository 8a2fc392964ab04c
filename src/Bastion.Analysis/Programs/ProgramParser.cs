using System.Collections.Frozen;
using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>Reads one entry; every mistake is noted with its place and the reading goes on.</summary>
internal sealed class ProgramParser(string file, int lineOffset, List<CatalogueError> errors)
{
    /// <summary>Deeper than any real command line's subcommands (`gcloud` needs seven).</summary>
    private const int MaximumCommandDepth = 12;

    private static readonly OptionGrammar NoOptions = new(OptionStyle.Gnu, new Dictionary<string, OptionSpec>());

    private static readonly Dictionary<string, OptionStyle> Styles = new()
    {
        ["gnu"] = OptionStyle.Gnu,
        ["posix"] = OptionStyle.Posix,
        ["host"] = OptionStyle.Host,
        ["shell"] = OptionStyle.Shell,
        ["single-dash"] = OptionStyle.SingleDash,
        ["key-value"] = OptionStyle.KeyValue,
        ["cluster"] = OptionStyle.Cluster,
    };

    public static ProgramEntry Harmless(string name) => new(name, new Parts().Build(NoOptions, false), "harmless");

    public CommandNode ParseRoot(YamlNode body) => ParseNode(body, NoOptions, false, 0);

    /// <summary>What has been read of a node.</summary>
    private sealed class Parts
    {
        public List<EffectRule> Effects { get; } = [];

        public List<FileRule> Files { get; } = [];

        public List<InnerCommand> Runs { get; } = [];

        public List<Condition> Rehearsals { get; } = [];

        public Dictionary<string, CommandNode> Commands { get; } = new(StringComparer.Ordinal);

        public List<CommandPattern> Patterns { get; } = [];

        public CommandNode Build(OptionGrammar options, bool ignoreCase) => new()
        {
            Options = options,
            Effects = [.. Effects],
            Files = [.. Files],
            Runs = [.. Runs],
            Rehearsals = [.. Rehearsals],
            Commands = Commands.ToFrozenDictionary(StringComparer.Ordinal),
            Patterns = [.. Patterns],
            IgnoreCase = ignoreCase,
        };
    }

    private CommandNode ParseNode(YamlNode body, OptionGrammar inherited, bool ignoreCase, int depth)
    {
        if (body is YamlScalarNode { Value: null or "" })
        {
            return new Parts().Build(inherited, ignoreCase);
        }

        if (body is not YamlMappingNode map || depth > MaximumCommandDepth)
        {
            Error(body, depth > MaximumCommandDepth
                ? "commands are nested too deep"
                : "expected a map of `options`, `effects`, `runs`, `commands` …");
            return new Parts().Build(inherited, ignoreCase);
        }

        ignoreCase = Text(map, "ignore-case") is { } flag ? flag == "true" : ignoreCase;
        OptionGrammar options = ParseOptions(map, inherited, depth);
        var parts = new Parts();
        var rules = new RuleParser(this, options);
        foreach ((YamlNode? key, YamlNode? value) in map.Children)
        {
            if (key.ToString() == "commands" && value is YamlMappingNode commands)
            {
                foreach ((YamlNode? name, YamlNode? command) in commands.Children)
                {
                    AddCommand(name, command, parts, options, ignoreCase, depth);
                }
            }
            else
            {
                ParseRules(key, value, parts, rules);
            }
        }

        return parts.Build(options, ignoreCase);
    }

    private void ParseRules(YamlNode key, YamlNode value, Parts parts, RuleParser rules)
    {
        switch (key.ToString())
        {
            case "style" or "options" or "ignore-case" or "about":
                break;
            case "dry-run":
                parts.Rehearsals.AddRange(
                    rules.ParseOptionTests(value).Select(test => new Condition { With = [test] }));
                break;
            case "rehearsals":
                parts.Rehearsals.AddRange(Items(value).Select(rules.ParseRehearsal).OfType<Condition>());
                break;
            case "effects":
                parts.Effects.AddRange(Items(value).Select(rules.ParseEffect).OfType<EffectRule>());
                break;
            case "files":
                parts.Files.AddRange(Items(value).Select(rules.ParseFile).OfType<FileRule>());
                break;
            case "runs":
                parts.Runs.AddRange(Items(value).Select(rules.ParseInner).OfType<InnerCommand>());
                break;
            default:
                Error(key, $"`{key}` is no key here; expected style, options, ignore-case, dry-run, rehearsals, "
                    + "effects, files, runs, commands or about");
                break;
        }
    }

    private void AddCommand(YamlNode nameNode, YamlNode body, Parts below, OptionGrammar options, bool ignoreCase,
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
            if (!Styles.TryGetValue(styleNode.ToString(), out style))
            {
                Error(styleNode, $"`{styleNode}` is no style; expected {string.Join(", ", Styles.Keys)}");
            }
        }
        else if (depth > 0 && style == OptionStyle.Cluster)
        {
            style = OptionStyle.Gnu;
        }

        var specs = new Dictionary<string, OptionSpec>(inherited.Options, StringComparer.Ordinal);
        if (Child(map, "options") is { } optionsNode)
        {
            foreach (string word in optionsNode.ToString()
                .Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries))
            {
                AddOption(optionsNode, word, specs);
            }
        }

        return new OptionGrammar(style, specs);
    }

    private void AddOption(YamlNode node, string word, Dictionary<string, OptionSpec> specs)
    {
        (string body, OptionArgument argument, bool ends) = word switch
        {
            _ when word.EndsWith("[=]", StringComparison.Ordinal) => (word[..^3], OptionArgument.Optional, false),
            _ when word.EndsWith("=--", StringComparison.Ordinal) => (word[..^3], OptionArgument.Required, true),
            _ when word.EndsWith('=') => (word[..^1], OptionArgument.Required, false),
            _ => (word, OptionArgument.None, false),
        };
        string[] names = body.Split('|', StringSplitOptions.RemoveEmptyEntries);
        if (names.Length == 0 || names.Any(name => name[0] is not ('-' or '+') || name.Contains('=')))
        {
            Error(node, $"`{word}` is no option; expected `-f|--force`, `-o|--output=`, `--color[=]` or `-c=--`");
            return;
        }

        var spec = new OptionSpec(names[0], argument) { EndsOptions = ends };
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
