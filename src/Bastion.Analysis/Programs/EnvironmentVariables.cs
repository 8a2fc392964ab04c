using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>What setting a variable means: an effect, or that its value is run as shell text or names a
/// command.</summary>
internal sealed record EnvironmentRule(string[] Names, EffectKind? Kind, RiskLevel Level, string[] Values,
    InnerKind? Runs, string Language, Reason? Reason);

internal sealed class EnvironmentVariables(IReadOnlyList<EnvironmentRule> rules)
{
    private readonly Dictionary<string, List<EnvironmentRule>> _byName = Index(rules);
    private readonly List<EnvironmentRule> _patterns =
        [.. rules.Where(rule => rule.Names.Any(name => name.Contains('*', StringComparison.Ordinal)))];

    public IEnumerable<EnvironmentRule> Find(string name)
    {
        if (_byName.TryGetValue(name, out List<EnvironmentRule>? found))
        {
            return found;
        }

        return _patterns.Where(rule => Glob.MatchesAnyEscaped(rule.Names, name));
    }

    private static Dictionary<string, List<EnvironmentRule>> Index(IReadOnlyList<EnvironmentRule> rules)
    {
        var index = new Dictionary<string, List<EnvironmentRule>>(StringComparer.Ordinal);
        foreach (EnvironmentRule rule in rules)
        {
            foreach (string name in rule.Names)
            {
                if (!index.TryGetValue(name, out List<EnvironmentRule>? list))
                {
                    index[name] = list = [];
                }

                list.Add(rule);
            }
        }

        return index;
    }

    public static EnvironmentVariables Parse(CatalogueSource? source, List<CatalogueError> errors)
    {
        var rules = new List<EnvironmentRule>();
        ProgramParser? parser = source is null ? null : new ProgramParser(source.File, source.Line - 1, errors);
        foreach (YamlNode node in source?.ParseYaml(errors) is { } body ? ProgramParser.Items(body) : [])
        {
            if (node is not YamlMappingNode map || ProgramParser.Text(map, "names") is not { } names)
            {
                parser!.Error(node, "expected `names`, such as `{ names: LD_PRELOAD, effect: session.escape }`");
                continue;
            }

            EffectKind? kind = EffectKinds.TryParse(ProgramParser.Text(map, "effect") ?? "", out EffectKind parsed)
                ? parsed
                : null;
            InnerKind? runs = ProgramParser.Text(map, "runs") switch
            {
                "shell" => InnerKind.Shell,
                "code" =>
                InnerKind.Code,
                "argv" => InnerKind.Argv,
                _ => null
            };
            if (kind is null && runs is null)
            {
                parser!.Error(node, "expected an `effect`, or `runs: shell`");
            }

            RiskLevel level = Enum.TryParse<RiskLevel>(ProgramParser.Text(map, "level") ?? "high", true,
                out RiskLevel given) ? given : RiskLevel.High;
            string[] values = ProgramParser.Child(map, "values") is { } list
                ? ProgramParser.Items(list).Select(item => item.ToString()).ToArray()
                : [];
            string? en = ProgramParser.Text(map, "en");
            rules.Add(new EnvironmentRule(
                names.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries),
                kind,
                level,
                values,
                runs,
                ProgramParser.Text(map, "language") ?? "",
                en is null ? null : new Reason(en, ProgramParser.Text(map, "zh") ?? en)));
        }

        return new EnvironmentVariables(rules);
    }
}
