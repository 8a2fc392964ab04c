using System.Globalization;
using System.Text.Json;
using Bastion.Audit;
using Bastion.Audit.Receipts;
using Bastion.Audit.Verification;

namespace Bastion.Cli;

/// <summary>What a verification found, for people and for programs.</summary>
internal static class VerificationText
{
    /// <summary>A long file of receipts is counted; its first are named.</summary>
    private const int MaximumNamed = 20;

    public static void Write(VerificationReport report, IReadOnlyList<Receipt> receipts, bool trusted, bool json)
    {
        if (json)
        {
            WriteJson(report.Holds, report.Findings, writer =>
            {
                writer.WriteNumber("records", report.Records);
                writer.WriteNumber("signedRecords", report.SignedRecords);
                writer.WriteNumber("checkpoints", report.Checkpoints);
                writer.WriteNumber("recordings", report.Recordings);
                writer.WriteNumber("recordingsRead", report.RecordingsRead);
                writer.WriteNumber("sessionsShredded", report.SessionsShredded);
                writer.WriteNumber("receipts", receipts.Count);
                writer.WriteString("key", report.Key);
            });
            return;
        }

        WriteFindings(report.Findings);
        WriteReceipts(receipts);
        string read = report.RecordingsRead > 0 ? $" ({report.RecordingsRead} decrypted and read)" : "";
        string shredded = report.SessionsShredded > 0
            ? $", {report.SessionsShredded} sessions shredded after their retention"
            : "";
        Console.WriteLine(
            $"{report.Records} records, {report.SignedRecords} under {report.Checkpoints} signed checkpoints, "
            + $"{report.Recordings} recording parts{read}{shredded}: "
            + (report.Holds ? "the journal holds" : "the journal does NOT hold"));
        if (!trusted)
        {
            Console.WriteLine(
                "checked with the key that lies beside the journal; `--key` with one kept elsewhere also finds a "
                    + "forged whole");
        }
    }

    public static void WriteReceipts(IReadOnlyList<Finding> findings, IReadOnlyList<Receipt> receipts, bool againstLog,
        bool json)
    {
        if (json)
        {
            WriteJson(findings.Count == 0, findings, writer => writer.WriteNumber("receipts", receipts.Count));
            return;
        }

        WriteFindings(findings);
        if (findings.Count > 0)
        {
            Console.WriteLine($"{receipts.Count} receipts: they do NOT hold");
            return;
        }

        WriteReceipts(receipts);
        Console.WriteLine(againstLog
            ? $"{receipts.Count} receipts hold, and the log still has all that they pin"
            : $"{receipts.Count} receipts hold by themselves; `--log DIR|URL` also shows whether the log still has "
            + "what they pin");
    }

    private static void WriteReceipts(IReadOnlyList<Receipt> receipts)
    {
        foreach (JournalEntry entry in receipts.Take(MaximumNamed).Select(receipt => receipt.Entry())
            .OfType<JournalEntry>())
        {
            string time = entry.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            string what = entry.Text("command") ?? entry.Text("request") ?? entry.Text("outcome")
                ?? entry.Text("target") ?? "";
            Console.WriteLine($"receipt: record {entry.Sequence} {time} {entry.Kind} {VisibleText.Of(what)}".TrimEnd());
        }

        if (receipts.Count > MaximumNamed)
        {
            Console.WriteLine($"receipt: and {receipts.Count - MaximumNamed} more");
        }
    }

    private static void WriteFindings(IReadOnlyList<Finding> findings)
    {
        foreach (Finding finding in findings)
        {
            string record = finding.Sequence is { } sequence ? $" record {sequence}" : "";
            Console.WriteLine(
                $"{finding.Severity.ToString().ToLowerInvariant()}:{record} {finding.Place}: "
                    + $"{VisibleText.Of(finding.Message)}");
        }
    }

    private static void WriteJson(bool holds, IReadOnlyList<Finding> findings, Action<Utf8JsonWriter> writeFigures)
    {
        using Stream output = Console.OpenStandardOutput();
        using (var writer = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true }))
        {
            writer.WriteStartObject();
            writer.WriteBoolean("holds", holds);
            writeFigures(writer);
            writer.WriteStartArray("findings");
            foreach (Finding finding in findings)
            {
                writer.WriteStartObject();
                writer.WriteString("severity", finding.Severity.ToString().ToLowerInvariant());
                writer.WriteString("kind", finding.Kind.ToString());
                if (finding.Sequence is { } sequence)
                {
                    writer.WriteNumber("record", sequence);
                }

                writer.WriteString("place", finding.Place);
                writer.WriteString("message", finding.Message);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        output.WriteByte((byte)'\n');
    }
}
