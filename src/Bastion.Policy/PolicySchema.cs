using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Policy.Checking;
using Bastion.Policy.Shapes;

namespace Bastion.Policy;

/// <summary>The JSON Schema of policy files and of case files, for completion in editors; made from what the loader
/// checks.</summary>
public static class PolicySchema
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static string OfPolicyFiles() => Write(Language.File, "Bastion policy");

    public static string OfCaseFiles() => Write(CaseLanguage.File, "Bastion policy cases");

    private static string Write(RecordShape shape, string title)
    {
        var definitions = new JsonObject();
        JsonObject root = shape.ToSchema(definitions);
        root["$schema"] = "https://json-schema.org/draft/2020-12/schema";
        root["title"] = title;
        root["$defs"] = definitions;
        return root.ToJsonString(Readable) + "\n";
    }
}
