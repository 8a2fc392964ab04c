using YamlDotNet.RepresentationModel;

namespace Bastion.Analysis.Programs;

/// <summary>Reads the items of `effects` and `runs` and their conditions.</summary>
internal sealed class RuleParser(ProgramParser parser, OptionGrammar options)
{
    private static readonly HashSet<string> ConditionKeys =
        ["with", "without", "operand", "not-operand", "operands", "class", "stdin"];

    private static readonly HashSet<string> EffectKeys =
        [.. ConditionKeys, "effect", "level", "objects", "as", "scope", "bulk", "en", "zh"];

    private static readonly Dictionary<string, FileAct> FileActs = new()
    {
        ["reads"] = FileAct.Read,
        ["creates"] = FileAct.Create,
        ["appends"] = FileAct.Append,
        ["overwrites"] = FileAct.Overwrite,
        ["empties"] = FileAct.Empty,
        ["deletes"] = FileAct.Delete,
        ["moves"] = FileAct.Move,
        ["unpacks"] = FileAct.Unpack,
        ["permits"] = FileAct.Permit,
        ["links"] = FileAct.Append,
    };

    private static readonly HashSet<string> FileKeys =
        [.. ConditionKeys, .. FileActs.Keys, "from", "scope", "en", "zh"];

    private static readonly Dictionary<string, InnerKind> InnerKinds = new()
    {
        ["argv"] = InnerKind.Argv,
        ["shell"] = InnerKind.Shell,
        ["code"] = InnerKind.Code,
        ["sql"] = InnerKind.Sql,
        ["script"] = InnerKind.Script,
        ["opens"] = InnerKind.Session,
    };

    private static readonly HashSet<string> InnerKeys =
        [.. ConditionKeys, .. InnerKinds.Keys, "language", "dialect", "remote", "container", "root", "appends",
        "assignments"];

    private static readonly Dictionary<string, SqlDialect> Dialects = new()
    {
        ["any"] = SqlDialect.Any,
        ["postgresql"] = SqlDialect.PostgreSql,
        ["mysql"] = SqlDialect.MySql,
        ["sqlite"] = SqlDialect.Sqlite,
        ["tsql"] = SqlDialect.TransactSql,
        ["oracle"] = SqlDialect.Oracle,
        ["clickhouse"] = SqlDialect.ClickHouse,
        ["cql"] = SqlDialect.Cql,
    };

    public EffectRule? ParseEffect(YamlNode node)
    {
        if (AsMap(node, EffectKeys,
            "expected a rule such as `{ effect: file.delete, objects: operands }`") is not { } map)
        {
            return null;
        }

        if (!EffectKinds.TryParse(ProgramParser.Text(map, "effect") ?? "", out EffectKind kind))
        {
            parser.Error(ProgramParser.Child(map, "effect") ?? node,
                $"`{ProgramParser.Text(map, "effect")}` is no effect; expected one of "
                    + $"{string.Join(", ", EffectKinds.All)}");
            return null;
        }

        Selector objects = Select(map, "objects");
        string? en = ProgramParser.Text(map, "en");
        return new EffectRule(
            kind,
            Choose(map, "level", RiskLevel.High),
            ParseCondition(map),
            objects,
            ProgramParser.Child(map, "as") is null ? DefaultObjectKind(kind) : Choose(map, "as", ObjectKind.Path),
            Choose(map, "scope", EffectScope.Named),
            en is null ? null : new Reason(en, ProgramParser.Text(map, "zh") ?? en))
        {
            LowInBulk = ProgramParser.Text(map, "bulk") == "low",
        };
    }

    public FileRule? ParseFile(YamlNode node)
    {
        if (AsMap(node, FileKeys, "expected what is done to files, such as `{ overwrites: value -o }`") is not { } map)
        {
            return null;
        }

        var acts = FileActs.Keys.Where(key => ProgramParser.Child(map, key) is not null).ToList();
        if (acts is not [var act])
        {
            parser.Error(node, $"expected exactly one of {string.Join(", ", FileActs.Keys)}");
            return null;
        }

        string? en = ProgramParser.Text(map, "en");
        return new FileRule(FileActs[act], ParseCondition(map), Select(map, act))
        {
            From = Select(map, "from"),
            Links = act == "links",
            Scope = Choose(map, "scope", EffectScope.Named),
            Reason = en is null ? null : new Reason(en, ProgramParser.Text(map, "zh") ?? en),
        };
    }

    /// <summary>When a program only says what it would do.</summary>
    public Condition? ParseRehearsal(YamlNode node) =>
        AsMap(node, ConditionKeys, "expected a condition such as `{ with: -n }` or `{ operand: { last: help } }`") is
        { } map
            ? ParseCondition(map)
            : null;

    public InnerCommand? ParseInner(YamlNode node)
    {
        if (AsMap(node, InnerKeys, "expected what is run, such as `{ argv: operands }`") is not { } map)
        {
            return null;
        }

        var keys = InnerKinds.Keys.Where(key => ProgramParser.Child(map, key) is not null).ToList();
        string? stdin = ProgramParser.Text(map, "stdin");
        bool readsStdin = stdin is not (null or "true" or "false");
        if (keys.Count + (readsStdin ? 1 : 0) != 1)
        {
            parser.Error(node,
                "expected exactly one of argv, shell, code, sql, script, opens, or `stdin: shell|code|sql`");
            return null;
        }

        InnerKind stdinKind = InnerKind.Shell;
        if (readsStdin && !InnerKinds.TryGetValue(stdin!, out stdinKind))
        {
            parser.Error(node, $"`stdin: {stdin}` is not known; expected shell, code or sql");
        }

        InnerKind kind = readsStdin ? InnerKind.Stdin : InnerKinds[keys[0]];
        SqlDialect dialect = SqlDialect.Any;
        if (ProgramParser.Text(map, "dialect") is { } name && !Dialects.TryGetValue(name, out dialect))
        {
            parser.Error(node, $"`{name}` is no dialect; expected {string.Join(", ", Dialects.Keys)}");
        }

        return new InnerCommand(kind, ParseCondition(map), readsStdin || kind == InnerKind.Session
            ? Selector.None
            : Select(map, keys[0]))
        {
            StdinKind = stdinKind,
            Language = ProgramParser.Text(map, "language") ?? "",
            Dialect = dialect,
            Remote = Select(map, "remote"),
            Container = Select(map, "container"),
            Root = ProgramParser.Text(map, "root") == "true",
            Appends = ProgramParser.Text(map, "appends") == "true",
            Assignments = ProgramParser.Text(map, "assignments") == "true",
        };
    }

    public IEnumerable<OptionTest> ParseOptionTests(YamlNode? node)
    {
        if (node is null)
        {
            yield break;
        }

        foreach (string word in Words(node))
        {
            int equals = word.IndexOf('=');
            string[] names = (equals < 0 ? word : word[..equals]).Split('|', StringSplitOptions.RemoveEmptyEntries);
            if (names.Any(name => name[0] is not ('-' or '+')))
            {
                parser.Error(node, $"`{word}` is no option; expected `-r`, `-r|--recursive` or `-X=DELETE|PUT`");
            }

            yield return new OptionTest([.. names.Select(options.Id).Distinct()], equals < 0
                ? []
                : word[(equals + 1)..].Split('|'));
        }
    }

    private static IEnumerable<string> Words(YamlNode node) =>
        ProgramParser.Items(node)
        .SelectMany(item => item.ToString().Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private Condition ParseCondition(YamlMappingNode map)
    {
        (int min, int max) = ParseCount(map);
        return new Condition
        {
            With = [.. ParseOptionTests(ProgramParser.Child(map, "with"))],
            Without = [.. ParseOptionTests(ProgramParser.Child(map, "without"))],
            Operand = ParseOperandTests(ProgramParser.Child(map, "operand")),
            NotOperand = ParseOperandTests(ProgramParser.Child(map, "not-operand")),
            MinOperands = min,
            MaximumOperands = max,
            Classes = ProgramParser.Text(map, "class")?.Split('|') ?? [],
            Stdin = ProgramParser.Text(map, "stdin") switch { "true" => true, "false" => false, _ => null },
        };
    }

    private (int Min, int Max) ParseCount(YamlMappingNode map)
    {
        if (ProgramParser.Child(map, "operands") is not { } node)
        {
            return (0, int.MaxValue);
        }

        string text = node.ToString();
        if (text.EndsWith('+') && int.TryParse(text[..^1], out int least))
        {
            return (least, int.MaxValue);
        }

        int dash = text.IndexOf('-');
        if (dash > 0 && int.TryParse(text[..dash], out int min) && int.TryParse(text[(dash + 1)..], out int max))
        {
            return (min, max);
        }

        if (int.TryParse(text, out int exact))
        {
            return (exact, exact);
        }

        parser.Error(node, $"`{text}` is no count; expected `0`, `2`, `1+` or `0-1`");
        return (0, int.MaxValue);
    }

    private OperandTest[] ParseOperandTests(YamlNode? node)
    {
        if (node is null)
        {
            return [];
        }

        if (node is not YamlMappingNode map)
        {
            return [new OperandTest(0, node.ToString().Split('|'))];
        }

        var tests = new List<OperandTest>();
        foreach ((YamlNode? key, YamlNode? value) in map.Children)
        {
            int place = key.ToString() == "last" ? -1 : int.TryParse(key.ToString(), out int n) && n > 0 ? n : 0;
            if (place == 0)
            {
                parser.Error(key, $"`{key}` is no place; expected 1, 2, … or last");
            }

            tests.Add(new OperandTest(place, value.ToString().Split('|')));
        }

        return [.. tests];
    }

    private Selector Select(YamlMappingNode map, string key)
    {
        if (ProgramParser.Child(map, key) is not { } node)
        {
            return Selector.None;
        }

        try
        {
            return Named(Selector.Parse(node.ToString()));
        }
        catch (FormatException e)
        {
            parser.Error(node, e.Message);
            return Selector.None;
        }
    }

    /// <summary>Options in a selector are replaced by the ids their uses are kept under.</summary>
    private Selector Named(Selector selector) => new([.. selector.Parts.Select(part =>
        part.Kind == SelectorKind.OptionValue
            ? new SelectorPart(part.Kind, 0, 0, [.. part.Names.Select(options.Id).Distinct()], [])
            : part)]);

    private TEnum Choose<TEnum>(YamlMappingNode map, string key, TEnum otherwise) where TEnum : struct, Enum
    {
        if (ProgramParser.Child(map, key) is not { } node)
        {
            return otherwise;
        }

        if (Enum.TryParse<TEnum>(node.ToString(), ignoreCase: true, out TEnum value)
            && !int.TryParse(node.ToString(), out _))
        {
            return value;
        }

        parser.Error(node,
            $"`{node}` is not known; expected {string.Join(", ", Enum.GetNames<TEnum>()).ToLowerInvariant()}");
        return otherwise;
    }

    private YamlMappingNode? AsMap(YamlNode node, HashSet<string> keys, string expected)
    {
        if (node is not YamlMappingNode map)
        {
            parser.Error(node, expected);
            return null;
        }

        foreach (YamlNode? key in map.Children.Keys.Where(key => !keys.Contains(key.ToString())))
        {
            parser.Error(key, $"`{key}` is no key here; expected one of {string.Join(", ", keys)}");
        }

        return map;
    }

    private static ObjectKind DefaultObjectKind(EffectKind kind) => kind switch
    {
        EffectKind.DiskWipe or EffectKind.DiskFormat => ObjectKind.Device,
        EffectKind.VolumeDestroy => ObjectKind.Volume,
        EffectKind.DatabaseDrop => ObjectKind.Database,
        EffectKind.DatabaseTruncate or EffectKind.DatabaseDeleteAll or EffectKind.DatabaseUpdateAll
            or EffectKind.DatabaseAlter => ObjectKind.Table,
        EffectKind.ServiceStop or EffectKind.ServiceRestart => ObjectKind.Service,
        EffectKind.HostShutdown => ObjectKind.Host,
        EffectKind.ProcessKill => ObjectKind.Process,
        EffectKind.ContainerDestroy => ObjectKind.Container,
        EffectKind.ClusterDelete or EffectKind.CloudDestroy or EffectKind.BackupDestroy => ObjectKind.Resource,
        EffectKind.RepositoryRewrite => ObjectKind.Repository,
        EffectKind.IdentityChange or EffectKind.PrivilegeRaise or EffectKind.DatabaseGrant => ObjectKind.Account,
        EffectKind.NetworkFilter => ObjectKind.Network,
        EffectKind.KernelChange => ObjectKind.Module,
        EffectKind.SessionEscape or EffectKind.CodeOpaque or EffectKind.ScheduleCreate => ObjectKind.Program,
        _ => ObjectKind.Path,
    };
}
