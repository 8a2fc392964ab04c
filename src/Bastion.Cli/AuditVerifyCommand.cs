using System.CommandLine;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Verification;

namespace Bastion.Cli;

/// <summary>
/// `bastion audit verify`: a data directory as a whole, receipts against it, or receipts against a log that is only served.
/// </summary>
internal static class AuditVerifyCommand
{
    private sealed record Asked(
        string? Data, IReadOnlyList<Receipt> Receipts, IReadOnlyList<NoteVerifierKey> Keys, Uri? Remote, bool Recordings,
        string? RecordingKey);

    public static Command Create()
    {
        var receipts = new Argument<string[]>("receipt")
        {
            Description = "Files of receipts that the journal must hold.", Arity = ArgumentArity.ZeroOrMore,
        };
        var data = new Option<string?>("--data") { Description = "The gateway's data directory, or a copy of it." };
        var log = new Option<string?>("--log")
        {
            Description = "What to hold receipts against: a data directory, or the URL of a log, such as https://HOST/log.",
        };
        var key = new Option<string[]>("--key")
        {
            Description = "The journal's public key, or a file that holds it, from somewhere its administrators cannot write.",
        };
        var recordingKey = new Option<string?>("--recording-key")
        {
            Description = "The file with the private recording key: recordings are then also decrypted and read.",
        };
        var noRecordings = new Option<bool>("--no-recordings") { Description = "Do not read the recordings' bytes." };
        var json = new Option<bool>("--json") { Description = "Answer in JSON." };
        var command = new Command(
            "verify", "Find any changed, missing or re-ordered record and recording. Exit status 1 when it falls short.")
        {
            receipts, data, log, key, recordingKey, noRecordings, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string? place = parsed.GetValue(log);
            Uri? remote = place is not null && Uri.TryCreate(place, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" ? url : null;
            var asked = new Asked(
                parsed.GetValue(data) ?? (remote is null ? place : null),
                [.. (parsed.GetValue(receipts) ?? []).SelectMany(ReadReceipts)],
                [.. (parsed.GetValue(key) ?? []).Select(ReadKey)],
                remote,
                !parsed.GetValue(noRecordings),
                parsed.GetValue(recordingKey));
            bool holds = asked.Data is not null
                ? VerifyDirectory(asked, parsed.GetValue(json), cancellationToken)
                : VerifyReceipts(asked, parsed.GetValue(json));
            return Task.FromResult(holds ? ExitCodes.Success : ExitCodes.Failed);
        });
        return command;
    }

    private static bool VerifyDirectory(Asked asked, bool json, CancellationToken cancellationToken)
    {
        var options = new VerifierOptions
        {
            TrustedKey = asked.Keys.Count > 0 ? asked.Keys[0] : null,
            KnownCheckpoints = [.. asked.Receipts.Select(receipt => receipt.Checkpoint).DistinctBy(checkpoint => checkpoint.ToString())],
            Recordings = asked.Recordings,
            RecordingKeys = asked.RecordingKey is { } file ? RecordingKeyRing.Load(file) : RecordingKeyRing.Empty,
        };
        VerificationReport report = JournalVerifier.Verify(AuditCommands.Existing(asked.Data!), options, cancellationToken);
        NoteVerifierKey[] keys = [.. asked.Keys];
        if (keys.Length == 0 && report.Key is { } used && NoteVerifierKey.TryParse(used, out NoteVerifierKey? published))
        {
            keys = [published];
        }
        var verifier = new ReceiptVerifier(keys);
        report = report with
        {
            Findings = [.. report.Findings, .. asked.Receipts.Select(verifier.Check).OfType<Finding>()],
        };
        VerificationText.Write(report, asked.Receipts, trusted: options.TrustedKey is not null, json);
        return report.Holds;
    }

    private static bool VerifyReceipts(Asked asked, bool json)
    {
        if (asked.Receipts.Count == 0)
        {
            throw new CommandFailedException("say what to verify: `--data DIR`, or a file of receipts with `--log DIR|URL`", ExitCodes.Usage);
        }
        if (asked.Keys.Count == 0)
        {
            throw new CommandFailedException("a receipt needs the journal's public key to trust: `--key KEY|FILE`", ExitCodes.Usage);
        }
        var verifier = new ReceiptVerifier(asked.Keys);
        var findings = new List<Finding>();
        findings.AddRange(asked.Receipts.Select(verifier.Check).OfType<Finding>());
        if (asked.Remote is { } url)
        {
            using var log = new RemoteLog(url);
            (Checkpoint? head, Finding? fault) = verifier.ReadHead(log.Read);
            findings.AddRange(fault is null ? [] : [fault]);
            if (head is not null)
            {
                findings.AddRange(asked.Receipts.DistinctBy(receipt => receipt.Checkpoint.ToString())
                    .Select(receipt => ReceiptVerifier.CheckAgainst(receipt, head, log.Read)).OfType<Finding>());
            }
        }
        VerificationText.WriteReceipts(findings, asked.Receipts, againstLog: asked.Remote is not null, json);
        return findings.Count == 0;
    }

    private static IReadOnlyList<Receipt> ReadReceipts(string path)
    {
        if (!File.Exists(path))
        {
            throw new CommandFailedException($"there is no file `{path}`");
        }
        return Receipt.TryParseAll(File.ReadAllText(path), out IReadOnlyList<Receipt>? receipts)
            ? receipts
            : throw new CommandFailedException($"`{path}` holds no receipts, or was changed");
    }

    public static NoteVerifierKey ReadKey(string text)
    {
        string key = File.Exists(text) ? File.ReadAllText(text).Trim() : text;
        return NoteVerifierKey.TryParse(key, out NoteVerifierKey? parsed)
            ? parsed
            : throw new CommandFailedException($"`{text}` is neither a journal's public key nor a file that holds one");
    }
}
