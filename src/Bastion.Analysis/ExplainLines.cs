using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bastion.Analysis;

/// <summary>`bastion policy explain --stdin`: one JSON object a line in, one a line out, so that thousands can be tried
/// in one run.
/// In: <c>{"id","kind":"shell|sql|argv","text"}</c>, for argv <c>"argv"</c> or its JSON form as text. A line that is
/// none gets an answer with <c>error</c>.</summary>
public sealed class ExplainLines(Analyzer analyzer)
{
    private static readonly JsonWriterOptions Plain = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public void Run(TextReader input, TextWriter output)
    {
        while (input.ReadLine() is { } line)
        {
            if (line.Trim().Length > 0)
            {
                output.WriteLine(Answer(line));
            }
        }

        output.Flush();
    }

    public string Answer(string line)
    {
        string? id = null;
        try
        {
            using var document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            id = root.TryGetProperty("id", out JsonElement given) ? given.ToString() : null;
            return Write(id, Analyze(root));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            // Nobody may take a line that could not be read for a harmless one.
            return new JsonObject
            {
                ["id"] = id,
                ["risk"] = "high",
                ["opaque"] = true,
                ["effects"] = new JsonArray(),
                ["error"] = "expected an object with `id`, `kind` and `text`: " + e.Message,
            }.ToJsonString();
        }
    }

    private AnalysisResult Analyze(JsonElement root)
    {
        string? kind = root.TryGetProperty("kind", out JsonElement given) ? given.GetString() : "shell";
        switch (kind)
        {
            case "argv":
                List<string> argv = root.TryGetProperty("argv", out JsonElement vector)
                    && vector.ValueKind == JsonValueKind.Array
                    ? vector.EnumerateArray().Select(JsonText.Of).ToList()
                    : JsonSerializer.Deserialize<List<string>>(JsonText.Of(root.GetProperty("text"))) ?? [];
                return analyzer.AnalyzeArgv(argv);
            case "sql":
                return analyzer.AnalyzeSql(JsonText.Of(root.GetProperty("text")));
            default:
                return analyzer.AnalyzeShell(JsonText.Of(root.GetProperty("text")));
        }
    }

    private static string Write(string? id, AnalysisResult result)
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer, Plain))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            AnalysisJson.WriteBody(writer, result);
            writer.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
