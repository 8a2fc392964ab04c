using System.Text.Json.Nodes;
using Bastion.Followers.Shipping.Ecs;

namespace Bastion.Followers.Shipping.Elasticsearch;

/// <summary>
/// The index template, made from the same list of fields as the documents. Fields that are not in it are kept and not
/// indexed; ours below `bastion` are, as keywords, numbers and truth values.
/// </summary>
internal static class IndexTemplate
{
    /// <summary>One more at each change: the gateway replaces an older one, and leaves a newer one alone.</summary>
    public const int Version = 1;

    /// <summary>So that nobody's own template of broader pattern wins.</summary>
    private const int Priority = 300;

    private const int MaximumFields = 500;

    /// <param name="alias">What the indices are read by.</param>
    /// <param name="openSearch">It lacks the types `wildcard` and `match_only_text` in the versions that many
    /// run.</param>
    public static JsonObject Create(string alias, bool openSearch)
    {
        var properties = new JsonObject();
        foreach (EcsField field in EcsField.All)
        {
            Add(properties, field.Name.Split('.'), Mapping(field, openSearch));
        }

        properties["bastion"] = new JsonObject { ["type"] = "object", ["dynamic"] = true };
        return new JsonObject
        {
            ["index_patterns"] = new JsonArray($"{alias}-*"),
            ["priority"] = Priority,
            ["version"] = Version,
            ["template"] = new JsonObject
            {
                ["settings"] = new JsonObject { ["index.mapping.total_fields.limit"] = MaximumFields },
                ["aliases"] = new JsonObject { [alias] = new JsonObject() },
                ["mappings"] = new JsonObject
                {
                    ["dynamic"] = false,
                    ["date_detection"] = false,
                    ["dynamic_templates"] = new JsonArray(new JsonObject
                    {
                        ["own_strings"] = new JsonObject
                        {
                            ["path_match"] = "bastion.*",
                            ["match_mapping_type"] = "string",
                            ["mapping"] = new JsonObject
                            {
                                ["type"] = "keyword",
                                ["ignore_above"] = EcsField.IndexedCharacters,
                            },
                        },
                    }),
                    ["properties"] = properties,
                },
            },
        };
    }

    private static JsonObject Mapping(EcsField field, bool openSearch)
    {
        if (field.Name == "event.original")
        {
            // As the schema says: kept, never searched.
            return new JsonObject { ["type"] = "keyword", ["index"] = false, ["doc_values"] = false };
        }

        string type = (field.Type, openSearch) switch
        {
            ("wildcard", true) => "keyword",
            ("match_only_text", true) => "text",
            _ => field.Type,
        };
        var mapping = new JsonObject { ["type"] = type };
        if (type is "keyword" or "wildcard")
        {
            mapping["ignore_above"] = EcsField.IndexedCharacters * (field.Type == "wildcard" && !openSearch ? 8 : 1);
        }

        if (field.Name == "process.command_line")
        {
            mapping["fields"] = new JsonObject
            {
                ["text"] = new JsonObject { ["type"] = openSearch ? "text" : "match_only_text" },
            };
        }

        return mapping;
    }

    private static void Add(JsonObject properties, ReadOnlySpan<string> path, JsonObject mapping)
    {
        if (path.Length == 1)
        {
            properties[path[0]] = mapping;
            return;
        }

        if (properties[path[0]] is not JsonObject below)
        {
            properties[path[0]] = below = new JsonObject { ["properties"] = new JsonObject() };
        }

        Add((JsonObject)below["properties"]!, path[1..], mapping);
    }
}
