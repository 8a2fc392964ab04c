using System.Text.Json.Nodes;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Shapes;

/// <summary>One key of a block: its name, what stands behind it, and what it means (shown by editors).</summary>
internal sealed record Field(string Name, Shape Shape, string Says, bool Required = false);

/// <summary>A block with fixed keys.</summary>
/// <param name="name">Names it in the schema, and in errors: `a rule`.</param>
/// <param name="alsoWrong">A check across keys, after each key was found right.</param>
internal sealed class RecordShape(
    string name, string what, IReadOnlyList<Field> fields, Action<MapNode, DiagnosticBag>? alsoWrong = null,
    Func<JsonArray>? alsoSchema = null) : Shape
{
    private readonly string[] _keys = [.. fields.Select(f => f.Name)];

    public IReadOnlyList<Field> Fields => fields;

    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not MapNode map)
        {
            WrongType(node, found, $"its keys are: {string.Join(", ", _keys)}");
            return;
        }

        int before = found.Errors;
        foreach (Entry entry in map.Entries)
        {
            Field? field = fields.FirstOrDefault(f => f.Name == entry.Key.Value);
            if (field is null)
            {
                found.Error(
                    entry.Key.Location, "unknown-key", $"{what} has no key {entry.Key.Describe()}",
                    Values.Suggestion.Help(entry.Key.Value, _keys) ?? $"its keys are: {string.Join(", ", _keys)}");
            }
            else
            {
                int errors = found.Errors;
                field.Shape.Check(entry.Value, found);
                if (found.Errors > errors)
                {
                    found.MarkUnsound(entry.Value);
                }
            }
        }

        foreach (Field? field in fields.Where(f => f.Required && map[f.Name] is null))
        {
            found.Error(map.Location, "missing-key", $"{what} needs `{field.Name}`", field.Says);
        }

        if (found.Errors == before)
        {
            alsoWrong?.Invoke(map, found);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions)
    {
        if (!definitions.ContainsKey(name))
        {
            // Placed before it is filled: a block may contain itself.
            var schema = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
            definitions[name] = schema;
            var properties = new JsonObject();
            foreach (Field field in fields)
            {
                JsonObject property = field.Shape.ToSchema(definitions);
                property["description"] = field.Says;
                properties[field.Name] = property;
            }

            schema["properties"] = properties;
            if (fields.Any(f => f.Required))
            {
                schema["required"] =
                    new JsonArray([.. fields.Where(f => f.Required).Select(f => JsonValue.Create(f.Name))]);
            }

            if (alsoSchema is not null)
            {
                schema["allOf"] = alsoSchema();
            }
        }

        return new JsonObject { ["$ref"] = $"#/$defs/{name}" };
    }
}

/// <summary>A block that may be left empty: `bob:` is a person of whom nothing more is said.</summary>
internal sealed class OrNothingShape(RecordShape record) : Shape
{
    public override string Describe() => record.Describe();

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode { IsEmpty: true })
        {
            record.Check(node, found);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) =>
        new() { ["anyOf"] = new JsonArray(record.ToSchema(definitions), new JsonObject { ["type"] = "null" }) };
}

/// <summary>A block whose keys are names that the writer chooses.</summary>
internal sealed class TableShape(string what, TextShape key, Shape value) : Shape
{
    public Shape Value => value;

    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not MapNode map)
        {
            WrongType(node, found, node is ListNode ? "write `name: …` for each, instead of `- name`" : null);
            return;
        }

        foreach (Entry entry in map.Entries)
        {
            int before = found.Errors;
            key.Check(entry.Key, found);
            value.Check(entry.Value, found);
            if (found.Errors > before)
            {
                found.MarkUnsound(entry.Value);
            }
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) => new()
    {
        ["type"] = "object",
        ["propertyNames"] = key.ToSchema(definitions),
        ["additionalProperties"] = value.ToSchema(definitions),
    };
}
