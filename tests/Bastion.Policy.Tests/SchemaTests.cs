using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Tests;

/// <summary>
/// The published schema and the loader say the same about a file. Both come from one description; this holds them
/// against each other with a small validator of its own, as an editor would.
/// </summary>
public sealed class SchemaTests
{
    /// <summary>What only the loader can see: names that must exist, zones, keys, prefixes, counts across
    /// entries.</summary>
    private static readonly HashSet<string> BeyondASchema =
        ["missing-name", "duplicate-name", "duplicate-key", "circle", "duties-joined", "shared-identity", "no-account"];

    private static readonly JsonNode Schema = JsonNode.Parse(PolicySchema.OfPolicyFiles())!;

    public static TheoryData<string> ShippedFiles =>
        new(Directory.EnumerateFiles(Path.Combine(Repository.Root, "policies"), "*.yaml", SearchOption.AllDirectories)
            .Where(path => !path.Contains("cases", StringComparison.Ordinal))
            .Select(path => Path.GetRelativePath(Repository.Root, path)));

    [Theory]
    [MemberData(nameof(ShippedFiles))]
    public void The_schema_accepts_every_shipped_file(string path) =>
        Assert.Null(Problem(File.ReadAllText(Path.Combine(Repository.Root, path))));

    [Theory]
    [InlineData("people: {a: , b: {}}")]
    [InlineData("grants: {g: {who: a, targets: x, allow: {}}}")]
    [InlineData("grants: {g: {who: [a, b], targets: [x, y-*], accounts: \"*\", allow: {exec: true, shell: line, "
        + "sftp: {read: [/a/**], write: true, delete: false}, forward: [\"a:1\", \"/run/x\"]}, when: {hours: daily "
        + "00:00-24:00, networks: [10.0.0.0/8, \"::1\"], login: totp, until: 2027-01-01}, session: {count: 1, idle: "
        + "1h30m, env: []}}}")]
    [InlineData("rules: {r: {effects: [file.*, \"*\", disk.wipe], permit: true}}")]
    [InlineData("rules: {r: {actions: exec, forbid: true, because: {en: a, zh: b}}}")]
    [InlineData("rules: {r: {notify: a}}")]
    [InlineData("rules: {r: {effects: \"*\", coverage-below: 100%, require: [{from: a}, {from: b, tier: high, "
        + "approvers: 2, within: 5m, confirm: passkey}], because: x}}")]
    [InlineData("walls: {w: {between: [a, b], label: tier}}")]
    public void What_the_loader_finds_well_formed_the_schema_accepts(string text)
    {
        Assert.Empty(ShapeErrors(text));
        Assert.Null(Problem(text));
    }

    [Theory]
    [InlineData("grups: {}")]
    [InlineData("people: [alice]")]
    [InlineData("people: {a+b: }")]
    [InlineData("people: {a: {totp: ja}}")]
    [InlineData("people: {a: {totp: 1}}")]
    [InlineData("people: {a: {keys: [nokey]}}")]
    [InlineData("groups: {g: }")]
    [InlineData("targets: {t: {host: h}}")]
    [InlineData("targets: {t: {host: h, port: 70000, accounts: {a: c}}}")]
    [InlineData("targets: {t: {host: h, labels: {Env: x}, accounts: {a: c}}}")]
    [InlineData("grants: {g: {who: a, targets: x}}")]
    [InlineData("grants: {g: {who: [], targets: x, allow: {}}}")]
    [InlineData("grants: {g: {who: a, targets: x, allow: {shell: bash}}}")]
    [InlineData("grants: {g: {who: a, targets: x, allow: {forward: nowhere}}}")]
    [InlineData("grants: {g: {who: a, targets: x, allow: {}, when: {hours: all day}}}")]
    [InlineData("grants: {g: {who: a, targets: x, allow: {}, on-request: {from: b}}}")]
    [InlineData("rules: {r: {effects: \"*\"}}")]
    [InlineData("rules: {r: {effects: \"*\", forbid: true}}")]
    [InlineData("rules: {r: {effects: \"*\", permit: true, forbid: true, because: x}}")]
    [InlineData("rules: {r: {effects: \"*\", permit: true, require: {from: a}, because: x}}")]
    [InlineData("rules: {r: {effects: \"*\", require: {approvers: 2}, because: x}}")]
    [InlineData("rules: {r: {effects: \"*\", require: {from: a, approvers: 0}, because: x}}")]
    [InlineData("rules: {r: {effects: \"*\", coverage-below: 0%, permit: true}}")]
    [InlineData("rules: {r: {effects: \"*\", objects: {wrong: [x]}, permit: true}}")]
    [InlineData("rules: {r: {effects: \"*\", because: {en: only}, permit: true}}")]
    [InlineData("sessions: {idle: 5 minutes}")]
    [InlineData("duty-exceptions: {a: {duties: [all], because: x, until: 2027-01-01}}")]
    public void What_the_loader_refuses_for_its_shape_the_schema_refuses(string text)
    {
        Assert.NotEmpty(ShapeErrors(text));
        Assert.NotNull(Problem(text));
    }

    private static IEnumerable<PolicyDiagnostic> ShapeErrors(string text) =>
        PolicyTexts.Load(text).Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error
        && !BeyondASchema.Contains(d.Code));

    private static string? Problem(string yaml)
    {
        MapNode? root = YamlReader.Read(PolicyFile.FromText("x.yaml", yaml), new DiagnosticBag());
        return Problem(ToJson(root!), Schema, "$");
    }

    private static JsonNode? ToJson(Node node) => node switch
    {
        MapNode map => new JsonObject(map.Entries.Select(e => KeyValuePair.Create(e.Key.Value, ToJson(e.Value)))),
        ListNode list => new JsonArray([.. list.Items.Select(ToJson)]),
        ScalarNode { IsEmpty: true } => null,
        ScalarNode { Quoted: false, Value: "true" or "false" } flag => JsonValue.Create(flag.Value == "true"),
        ScalarNode { Quoted: false } number when int.TryParse(number.Value, NumberStyles.None,
            CultureInfo.InvariantCulture, out int value) => JsonValue.Create(value),
        ScalarNode text => JsonValue.Create(text.Value),
        _ => throw new InvalidOperationException(),
    };

    private static string? Problem(JsonNode? value, JsonNode schema, string at)
    {
        if (schema["$ref"]?.GetValue<string>() is { } reference
            && Problem(value, Schema["$defs"]![reference["#/$defs/".Length..]]!, at) is { } referred)
        {
            return referred;
        }

        if (schema["anyOf"] is JsonArray any && any.All(one => Problem(value, one!, at) is not null))
        {
            return $"{at}: none of anyOf";
        }

        if (schema["allOf"] is JsonArray all
            && all.Select(one => Problem(value, one!, at)).FirstOrDefault(p => p is not null) is { } broken)
        {
            return broken;
        }

        if (schema["not"] is { } not && Problem(value, not, at) is null)
        {
            return $"{at}: not";
        }

        if (schema["enum"] is JsonArray words && !words.Any(w => JsonNode.DeepEquals(w, value)))
        {
            return $"{at}: enum";
        }

        if (schema["type"]?.GetValue<string>() is { } type && type != TypeOf(value))
        {
            return $"{at}: {type} expected";
        }

        return value switch
        {
            JsonObject map => ProblemInObject(map, schema, at),
            JsonArray list => ProblemInArray(list, schema, at),
            JsonValue scalar => ProblemInScalar(scalar, schema, at),
            _ => null,
        };
    }

    private static string? ProblemInObject(JsonObject map, JsonNode schema, string at)
    {
        if ((schema["required"] as JsonArray)?.FirstOrDefault(key =>
            !map.ContainsKey(key!.GetValue<string>())) is { } missing)
        {
            return $"{at}: {missing} required";
        }

        foreach ((string? key, JsonNode? value) in map)
        {
            JsonNode? property = schema["properties"]?[key];
            JsonNode? additional = schema["additionalProperties"];
            if (property is null && additional is JsonValue)
            {
                return $"{at}: {key} unknown";
            }

            if (schema["propertyNames"] is { } names
                && Problem(JsonValue.Create(key), names, $"{at}.{key}") is { } badName)
            {
                return badName;
            }

            if ((property ?? additional) is { } inner && Problem(value, inner, $"{at}.{key}") is { } bad)
            {
                return bad;
            }
        }

        return null;
    }

    private static string? ProblemInArray(JsonArray list, JsonNode schema, string at)
    {
        if (schema["minItems"]?.GetValue<int>() > list.Count)
        {
            return $"{at}: too short";
        }

        return schema["items"] is { } items
            ? list.Select(item => Problem(item, items, at + "[]")).FirstOrDefault(p => p is not null)
            : null;
    }

    private static string? ProblemInScalar(JsonValue scalar, JsonNode schema, string at)
    {
        if (scalar.TryGetValue<int>(out int number))
        {
            return number < schema["minimum"]?.GetValue<int>() || number > schema["maximum"]?.GetValue<int>()
                ? $"{at}: range"
                : null;
        }

        return scalar.TryGetValue<string>(out string? text) && schema["pattern"]?.GetValue<string>() is { } pattern
            && !Regex.IsMatch(text, pattern)
            ? $"{at}: pattern"
            : null;
    }

    private static string TypeOf(JsonNode? value) => value switch
    {
        null => "null",
        JsonObject => "object",
        JsonArray => "array",
        JsonValue scalar when scalar.TryGetValue<bool>(out _) => "boolean",
        JsonValue scalar when scalar.TryGetValue<int>(out _) => "integer",
        _ => "string",
    };
}
