using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Shapes;

/// <summary>
/// What may stand at a place in a policy file. The one description from which both the loader's errors and the
/// published JSON Schema come, so that the two cannot disagree.
/// </summary>
internal abstract class Shape
{
    /// <summary>What it is, for an error: `a list of names`.</summary>
    public abstract string Describe();

    public abstract void Check(Node node, DiagnosticBag found);

    /// <summary>The JSON Schema; named record shapes put themselves into <paramref name="definitions"/>.</summary>
    public abstract JsonObject ToSchema(JsonObject definitions);

    protected void WrongType(Node node, DiagnosticBag found, string? help = null) =>
        found.Error(node.Location, "wrong-type", $"expected {Describe()}, found {node.Describe()}", help);
}

/// <summary>One value: text of a pattern, or what a parser of its own takes.</summary>
/// <param name="problemOf">Null when the text is right, or what is wrong with it.</param>
internal sealed class TextShape(string what, string? pattern, Func<string, string?> problemOf) : Shape
{
    /// <summary>Text that is right when the pattern (of ECMAScript, as the schema publishes it) says so.</summary>
    public TextShape(string what, string pattern, string help) : this(what, pattern, ByPattern(pattern, help))
    {
    }

    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode scalar || scalar.IsEmpty)
        {
            WrongType(node, found);
        }
        else if (problemOf(scalar.Value) is { } problem)
        {
            found.Error(scalar.Location, "bad-value", $"{scalar.Describe()} is not {what}", problem);
        }
    }

    public bool Accepts(string text) => problemOf(text) is null;

    public override JsonObject ToSchema(JsonObject definitions)
    {
        var schema = new JsonObject { ["type"] = "string" };
        if (pattern is not null)
        {
            schema["pattern"] = pattern;
        }

        return schema;
    }

    // Non-backtracking: linear in the text. In .NET `$` also matches before a last line feed, `\z` does not.
    private static Func<string, string?> ByPattern(string pattern, string help)
    {
        var whole = new Regex(pattern.Replace("$", "\\z", StringComparison.Ordinal),
            RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
        return text => whole.IsMatch(text) ? null : help;
    }
}

/// <summary>One of a few words.</summary>
internal sealed class ChoiceShape(string what, IReadOnlyList<string> words) : Shape
{
    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode scalar || scalar.IsEmpty)
        {
            WrongType(node, found, $"one of: {string.Join(", ", words)}");
        }
        else if (!words.Contains(scalar.Value))
        {
            string? near = Values.Suggestion.For(scalar.Value, words);
            found.Error(
                scalar.Location, "bad-value", $"{scalar.Describe()} is not {what}",
                near is null ? $"one of: {string.Join(", ", words)}" : $"did you mean `{near}`?");
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) =>
        new() { ["enum"] = new JsonArray([.. words.Select(w => JsonValue.Create(w))]) };
}

internal sealed class FlagShape : Shape
{
    public override string Describe() => "`true` or `false`";

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode { Quoted: false, Value: "true" or "false" })
        {
            bool isYamlYes = node is ScalarNode { Value: "yes" or "on" or "Yes" or "True" or "TRUE" };
            WrongType(node, found, isYamlYes ? "write `true`" : "write `true` or `false`, without quotes");
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) => new() { ["type"] = "boolean" };
}

/// <summary>`true` or `false`, or one value of another shape.</summary>
internal sealed class FlagOrShape(string what, Shape otherwise) : Shape
{
    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode { Quoted: false, Value: "true" or "false" })
        {
            otherwise.Check(node, found);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) =>
        new() { ["anyOf"] = new JsonArray(new JsonObject { ["type"] = "boolean" }, otherwise.ToSchema(definitions)) };
}

internal sealed class NumberShape(string what, int least, int most) : Shape
{
    public override string Describe() => $"{what}, {least} to {most}";

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ScalarNode { Quoted: false } scalar
            || !int.TryParse(scalar.Value, System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out int number)
            || number < least || number > most)
        {
            WrongType(node, found);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions) =>
        new() { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };
}

/// <summary>A list, or a single item standing for a list of one.</summary>
internal sealed class ListShape(string what, Shape item, bool mayBeEmpty = false) : Shape
{
    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        if (node is not ListNode list)
        {
            if (node is ScalarNode { IsEmpty: true })
            {
                WrongType(node, found, mayBeEmpty ? "an empty list is written `[]`" : null);
                return;
            }

            item.Check(node, found);
            return;
        }

        if (list.Items.Count == 0 && !mayBeEmpty)
        {
            found.Error(list.Location, "empty-list", $"expected {what}, found an empty list",
                "leave the key out, or name at least one");
        }

        foreach (Node entry in list.Items)
        {
            item.Check(entry, found);
        }
    }

    public override JsonObject ToSchema(JsonObject definitions)
    {
        var list = new JsonObject { ["type"] = "array", ["items"] = item.ToSchema(definitions) };
        if (!mayBeEmpty)
        {
            list["minItems"] = 1;
        }

        return new JsonObject { ["anyOf"] = new JsonArray(item.ToSchema(definitions), list) };
    }
}

/// <summary>Either of several shapes, told apart by being a single value, a list or a block.</summary>
internal sealed class EitherShape(string what, Shape? scalar = null, Shape? list = null, Shape? map = null) : Shape
{
    public override string Describe() => what;

    public override void Check(Node node, DiagnosticBag found)
    {
        Shape? shape = node switch
        {
            ScalarNode { IsEmpty: false } => scalar,
            ListNode => list,
            MapNode => map,
            _ => null,
        };
        if (shape is null)
        {
            WrongType(node, found);
            return;
        }

        shape.Check(node, found);
    }

    public override JsonObject ToSchema(JsonObject definitions) => new()
    {
        ["anyOf"] =
            new JsonArray([.. new[] { scalar, list, map }.OfType<Shape>().Select(s => s.ToSchema(definitions))]),
    };
}
