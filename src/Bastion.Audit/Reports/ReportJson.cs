using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bastion.Audit.Reports;

/// <summary>The figures as JSON, the same that the pages show: for tools, and for the next year's comparison.</summary>
public static class ReportJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // Names in any script as they are; what could become markup stays escaped.
        Encoder = JavaScriptEncoder.Create(System.Text.Unicode.UnicodeRanges.BasicLatin,
            System.Text.Unicode.UnicodeRanges.CjkUnifiedIdeographs),
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower) },
    };

    public static byte[] Write(ReportData data) => JsonSerializer.SerializeToUtf8Bytes(data, Options);

    /// <exception cref="JsonException">It is no report.</exception>
    public static ReportData Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<ReportData>(json, Options) ?? throw new JsonException("this is no report");
}
