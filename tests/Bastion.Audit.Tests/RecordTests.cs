using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Bastion.Audit.Canonical;
using Bastion.Audit.Merkle;
using Bastion.Audit.Records;
using Bastion.Audit.Reports;
using Bastion.Text.Canonical;
using FsCheck.Xunit;

namespace Bastion.Audit.Tests;

public sealed class RecordTests
{
    private static readonly Type[] RecordTypes =
        [.. typeof(AuditRecord).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(AuditRecord)) && !type.IsAbstract)];

    public static TheoryData<string> Kinds => [.. RecordTypes.Select(type => Fill(type).Kind)];

    [Fact]
    public void Every_kind_has_a_name_of_its_own_and_stands_in_the_format_with_all_its_members()
    {
        string format = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "FORMAT.md"));
        string[] rows = [.. format.Split('\n').Where(line => line.StartsWith("| `", StringComparison.Ordinal))];
        AuditRecord[] records = [.. RecordTypes.Select(Fill)];
        Assert.Equal(records.Length, records.Select(record => record.Kind).Distinct().Count());
        foreach (AuditRecord record in records)
        {
            string row = rows.SingleOrDefault(line => line.StartsWith($"| `{record.Kind}` |", StringComparison.Ordinal))
                ?? throw new InvalidOperationException($"FORMAT.md has no row for `{record.Kind}`");
            foreach (JsonProperty member in Encode(record).Data().EnumerateObject())
            {
                Assert.True(row.Contains($"`{member.Name}`", StringComparison.Ordinal),
                    $"{record.Kind} lacks `{member.Name}`");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Every_kind_is_canonical_with_all_its_members_and_with_only_the_required_ones(string kind)
    {
        AuditRecord full = RecordTypes.Select(Fill).Single(record => record.Kind == kind);
        AssertCanonical(Encode(full).Json.Span);
        Assert.Equal(kind, Encode(full).Kind);
        Assert.Equal("s1", Encode(full with { Session = "s1" }).Session);
    }

    [Property(MaxTest = 500)]
    public void Any_bytes_of_a_peer_come_back_exactly_from_one_line(byte[] bytes)
    {
        JournalEntry entry = Encode(SampleJournal.Decided("s1", bytes ?? []));
        Assert.Equal(-1, entry.Json.Span.IndexOf((byte)'\n'));
        AssertCanonical(entry.Json.Span);
        JsonElement command = entry.Data().GetProperty("command");
        byte[] back = command.ValueKind == JsonValueKind.String
            ? Encoding.UTF8.GetBytes(command.GetString()!)
            : command.GetProperty("base64").GetBytesFromBase64();
        Assert.Equal(bytes ?? [], back);
    }

    [Theory]
    [InlineData(40_000, (byte)'x')]
    [InlineData(40_000, (byte)0x01)]
    [InlineData(5_000_000, (byte)0xFF)]
    public void Text_that_is_too_long_keeps_its_beginning_its_length_and_its_digest(int length, byte value)
    {
        byte[] bytes = new byte[length];
        Array.Fill(bytes, value);
        PeerText text = bytes;
        JsonElement command = Encode(SampleJournal.Decided("s1", text)).Data().GetProperty("command");
        Assert.Equal(length, command.GetProperty("bytes").GetInt32());
        Assert.Equal(text.Sha256Hex(), command.GetProperty("sha256").GetString());
        Assert.True(command.TryGetProperty(value == 0xFF ? "base64" : "head", out JsonElement head)
            && head.GetString()!.Length > 4000);
    }

    [Fact]
    public void The_worst_record_a_peer_can_cause_still_fits()
    {
        PeerText hostile = Enumerable.Repeat((byte)0x01, 100_000).ToArray();
        CommandDecided worst = SampleJournal.Decided("s1", hostile) with
        {
            User = hostile,
            Target = hostile,
            Account = hostile,
            Reason = hostile,
            WorkingDirectory = hostile,
            Effects = [.. Enumerable.Repeat(
                new RecordedEffect("file.delete", "critical", [.. Enumerable.Repeat(hostile, 300)], hostile), 300)],
        };
        JournalEntry entry = Encode(worst);
        Assert.InRange(entry.Json.Length, 1, 65_535);
        Assert.Contains("\"omitted\":296", Encoding.UTF8.GetString(entry.Json.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-02-28T23:59:59.999999Z", true)]
    [InlineData("2024-02-29T00:00:00.000000Z", true)]
    [InlineData("2026-02-29T00:00:00.000000Z", false)]
    [InlineData("2026-13-01T00:00:00.000000Z", false)]
    [InlineData("2026-00-10T00:00:00.000000Z", false)]
    [InlineData("2026-01-01T24:00:00.000000Z", false)]
    [InlineData("2026-01-01 00:00:00.000000Z", false)]
    [InlineData("2026-01-01T00:00:00.00000+Z", false)]
    [InlineData("2026-01-01T00:00:00.000000", false)]
    public void A_time_is_read_in_the_one_form_it_is_written_in(string text, bool valid)
    {
        Assert.Equal(valid, Timestamp.TryParse(Encoding.ASCII.GetBytes(text), out DateTimeOffset read));
        if (valid)
        {
            Assert.Equal(text, Timestamp.Format(read));
        }
    }

    [Fact]
    public void A_cut_never_splits_a_character()
    {
        string text = new string('漢', 20_000);
        string head = Encode(SampleJournal.Decided("s1", text)).Text("command")!;
        Assert.StartsWith(head, text, StringComparison.Ordinal);
        Assert.DoesNotContain('\uFFFD', head);
    }

    private static JournalEntry Encode(AuditRecord record)
    {
        using EncodedRecord encoded = RecordEncoder.Encode(record, ManualTime.Start);
        byte[] json = [.. RecordEncoder.Opening, .. "7"u8, .. encoded.Middle, .. "9"u8, .. encoded.End];
        Assert.True(JournalEntry.TryParse(json, MerkleTree.HashLeaf(json), out JournalEntry? entry),
            Encoding.UTF8.GetString(json));
        Assert.Equal((7, 9), (entry.After, entry.Sequence));
        return entry;
    }

    /// <summary>Members sorted, no white space, no nulls: written again from what was read, the bytes are the
    /// same.</summary>
    private static void AssertCanonical(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        using var output = new PooledBuffer();
        WriteCanonical(JsonElement.ParseValue(ref reader), output);
        Assert.Equal(Encoding.UTF8.GetString(output.Written), Encoding.UTF8.GetString(json));
    }

    private static void WriteCanonical(JsonElement element, PooledBuffer output)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                string separator = "{";
                foreach (JsonProperty member in element.EnumerateObject()
                    .OrderBy(member => member.Name, StringComparer.Ordinal))
                {
                    output.Append(Encoding.UTF8.GetBytes($"{separator}\"{member.Name}\":"));
                    WriteCanonical(member.Value, output);
                    separator = ",";
                }

                output.Append(Encoding.UTF8.GetBytes(separator == "{" ? "{}" : "}"));
                break;
            case JsonValueKind.Array:
                output.Append((byte)'[');
                for (int index = 0; index < element.GetArrayLength(); index++)
                {
                    output.Append(index > 0 ? ","u8 : ""u8);
                    WriteCanonical(element[index], output);
                }

                output.Append((byte)']');
                break;
            case JsonValueKind.String:
                CanonicalText.WriteString(output, Encoding.UTF8.GetBytes(element.GetString()!));
                break;
            case JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False:
                output.Append(Encoding.UTF8.GetBytes(element.GetRawText()));
                break;
            default:
                Assert.Fail($"{element.ValueKind} in a record");
                break;
        }
    }

    /// <summary>A record with every property set.</summary>
    private static AuditRecord Fill(Type type)
    {
        var record = (AuditRecord)RuntimeHelpers.GetUninitializedObject(type);
        foreach (PropertyInfo property in type.GetProperties()
            .Where(property => property.CanWrite && property.Name != nameof(AuditRecord.Session)))
        {
            property.SetValue(record,
                Sample(Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType));
        }

        return record;
    }

    private static object Sample(Type type) => type switch
    {
        _ when type == typeof(PeerText) => (PeerText)"text \u0001\n\"",
        _ when type == typeof(string) => "token",
        _ when type == typeof(int) => 3,
        _ when type == typeof(long) => 4L,
        _ when type == typeof(bool) => true,
        _ when type == typeof(DateTimeOffset) => ManualTime.Start,
        _ when type.IsEnum => Enum.GetValues(type).GetValue(0)!,
        _ when type == typeof(IReadOnlyList<string>) => new[] { "one", "two" },
        _ when type == typeof(IReadOnlyList<PeerText>) => new PeerText[] { "one", new byte[] { 0xFF } },
        _ when type == typeof(IReadOnlyList<long>) => new[] { 3L, 5L },
        _ when type == typeof(IReadOnlyList<ReportFile>) => new[] { new ReportFile("report.html", "00") },
        _ when type == typeof(IReadOnlyList<RecordedEffect>) =>
            new[] { new RecordedEffect("file.delete", "high", ["/srv"], "why") },
        _ => throw new NotSupportedException(type.Name),
    };
}
