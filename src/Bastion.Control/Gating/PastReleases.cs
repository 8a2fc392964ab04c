using System.Text.Json;
using Bastion.Analysis;
using Bastion.Audit;

namespace Bastion.Control.Gating;

/// <summary>Something that was released once, as far as counting goes.</summary>
/// <param name="Effects">Effect kinds, each with the number of objects it touched; 1 when none was named.</param>
public sealed record PastRelease(DateTimeOffset At, string Person, string Target,
    IReadOnlyList<(string Kind, int Objects)> Effects);

/// <summary>What the journal says was released: permitted at once, or approved and used.</summary>
public static class PastReleases
{
    /// <summary>Approved commands waiting for their release; hostile journals do not exist, endless waiting
    /// does.</summary>
    private const int MaximumOpen = 10_000;

    /// <param name="journal">In order; what was asked before the first record and released after it is not
    /// seen.</param>
    public static IEnumerable<PastRelease> In(IEnumerable<JournalEntry> journal, Analyzer analyzer)
    {
        var open = new Dictionary<string, PastRelease>(StringComparer.Ordinal);
        foreach (JournalEntry entry in journal)
        {
            if (entry.Kind == "command.released" && entry.Text("request") is { } released)
            {
                if (open.Remove(released, out PastRelease? approved))
                {
                    yield return approved with { At = entry.At };
                }
            }
            else if (entry.Kind is "command.decided" or "file.operation")
            {
                string? verdict = entry.Text("verdict");
                if (verdict == "permit")
                {
                    yield return Of(entry, analyzer);
                }
                else if (verdict == "require" && entry.Text("request") is { } request && open.Count < MaximumOpen)
                {
                    open[request] = Of(entry, analyzer);
                }
            }
        }
    }

    private static PastRelease Of(JournalEntry entry, Analyzer analyzer) => new(
        entry.At, entry.Text("user") ?? "", entry.Text("target") ?? "",
        entry.Kind == "file.operation" ? Counted(analyzer.AnalyzeFileOperation(OperationOf(entry))) : Recorded(entry));

    /// <summary>As the gate judged it then.</summary>
    private static List<(string Kind, int Objects)> Recorded(JournalEntry entry) =>
        entry.Data().TryGetProperty("effects", out JsonElement effects) && effects.ValueKind == JsonValueKind.Array
            ? [.. effects.EnumerateArray().Select(effect => (
                effect.GetProperty("kind").GetString() ?? "",
                Math.Max(1, effect.TryGetProperty("objects", out global::System.Text.Json.JsonElement objects)
                    ? objects.GetArrayLength()
                    : 0)))]
            : [];

    private static List<(string Kind, int Objects)> Counted(AnalysisResult result) =>
        [.. result.Effects.Select(effect => (effect.Kind.Name(), Math.Max(1, effect.Objects.Count)))];

    /// <summary>The operation that a record names.</summary>
    public static FileOperation OperationOf(JournalEntry entry) => new(
        FileOperationKinds.Of(entry.Text("operation") ?? "") ?? FileOperationKind.Remove,
        entry.Text("path") ?? "", entry.Text("destination"));
}
