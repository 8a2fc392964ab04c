using System.CommandLine;
using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Verification;
using Bastion.Control;

namespace Bastion.Cli;

/// <summary>
/// `bastion audit verify`: a data directory as a whole, receipts against it, or receipts against a log that is only
/// served.
/// </summary>
internal static class AuditVerifyCommand
{
    private sealed record Asked(
        string? Data, IReadOnlyList<Receipt> Receipts, IReadOnlyList<NoteVerifierKey> Keys, Uri? Remote,
        bool Recordings,
        string? RecordingKey, IReadOnlyList<string> Witnesses, IReadOnlyList<NoteVerifierKey> WitnessKeys);

    public static Command Create()
    {
        var receipts = new Argument<string[]>("receipt")
        {
            Description = "Files of receipts that the journal must hold.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var data = new Option<string?>("--data") { Description = "The gateway's data directory, or a copy of it." };
        var log = new Option<string?>("--log")
        {
            Description =
                "What to hold receipts against: a data directory, or the URL of a log, such as https://HOST/log.",
        };
        var key = new Option<string[]>("--key")
        {
            Description =
                "The journal's public key, or a file that holds it, from somewhere its administrators cannot write.",
        };
        var recordingKey = new Option<string?>("--recording-key")
        {
            Description = "The file with the private recording key: recordings are then also decrypted and read.",
        };
        var noRecordings = new Option<bool>("--no-recordings") { Description = "Do not read the recordings' bytes." };
        var witness = new Option<string[]>("--witness")
        {
            Description =
                "A witness's URL, or a file with what it holds: finds a journal that was rolled back or forked.",
        };
        var witnessKey = new Option<string[]>("--witness-key")
        {
            Description = "The witness's public key: what it holds, and every receipt, must then be cosigned by it.",
        };
        var json = new Option<bool>("--json") { Description = "Answer in JSON." };
        var command = new Command(
            "verify",
            "Find any changed, missing or re-ordered record and recording. Exit status 1 when it falls short.")
        {
            receipts, data, log, key, recordingKey, noRecordings, witness, witnessKey, json,
        };
        command.SetAction((parsed, cancellationToken) =>
        {
            string? place = parsed.GetValue(log);
            Uri? remote = place is not null && Uri.TryCreate(place, UriKind.Absolute, out Uri? url)
                && url.Scheme is "http" or "https" ? url : null;
            var asked = new Asked(
                parsed.GetValue(data) ?? (remote is null ? place : null),
                [.. (parsed.GetValue(receipts) ?? []).SelectMany(ReadReceipts)],
                [.. (parsed.GetValue(key) ?? []).Select(ReadKey)],
                remote,
                !parsed.GetValue(noRecordings),
                parsed.GetValue(recordingKey),
                parsed.GetValue(witness) ?? [],
                [.. (parsed.GetValue(witnessKey) ?? []).Select(ReadKey)]);
            bool holds = asked.Data is not null
                ? VerifyDirectory(asked, parsed.GetValue(json), cancellationToken)
                : VerifyReceipts(asked, parsed.GetValue(json));
            return Task.FromResult(holds ? ExitCodes.Success : ExitCodes.Failed);
        });
        return command;
    }

    private static bool VerifyDirectory(Asked asked, bool json, CancellationToken cancellationToken)
    {
        // Asked first: what a running gateway writes meanwhile is then newer than what the witness holds, never older.
        var witnessed = asked.Witnesses.Distinct().ToDictionary(place => place, Held);
        var options = new VerifierOptions
        {
            Witnessed = witnessed,
            TrustedKey = asked.Keys.Count > 0 ? asked.Keys[0] : null,
            KnownCheckpoints = [.. asked.Receipts.Select(receipt => receipt.Checkpoint)
                .DistinctBy(checkpoint => checkpoint.ToString())],
            Recordings = asked.Recordings,
            RecordingKeys = asked.RecordingKey is { } file ? RecordingKeyRing.Load(file) : RecordingKeyRing.Empty,
        };
        VerificationReport report =
            JournalVerifier.Verify(AuditCommands.Existing(asked.Data!), options, cancellationToken);
        NoteVerifierKey[] keys = [.. asked.Keys];
        if (keys.Length == 0 && report.Key is { } used
            && NoteVerifierKey.TryParse(used, out NoteVerifierKey? published))
        {
            keys = [published];
        }

        var verifier = new ReceiptVerifier(keys);
        report = report with
        {
            Findings =
            [
                .. report.Findings,
                .. witnessed.SelectMany(held => asked.WitnessKeys.Select(each =>
                    ReceiptVerifier.CheckCosigned(held.Value, each, $"witness {held.Key}"))).OfType<Finding>(),
                .. asked.Receipts.SelectMany(receipt => Check(receipt, verifier, asked)),
            ],
        };
        VerificationText.Write(report, asked.Receipts, trusted: options.TrustedKey is not null, json);
        return report.Holds;
    }

    private static bool VerifyReceipts(Asked asked, bool json)
    {
        if (asked.Receipts.Count == 0)
        {
            throw new CommandFailedException(
                "say what to verify: `--data DIR`, or a file of receipts with `--log DIR|URL`", ExitCodes.Usage);
        }

        if (asked.Keys.Count == 0)
        {
            throw new CommandFailedException("a receipt needs the journal's public key to trust: `--key KEY|FILE`",
                ExitCodes.Usage);
        }

        var verifier = new ReceiptVerifier(asked.Keys);
        var findings = new List<Finding>();
        findings.AddRange(asked.Receipts.SelectMany(receipt => Check(receipt, verifier, asked)));
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

    private static IEnumerable<Finding> Check(Receipt receipt, ReceiptVerifier verifier, Asked asked) =>
        asked.WitnessKeys.Select(key => ReceiptVerifier.CheckCosigned(receipt.Checkpoint, key, "receipt"))
        .Prepend(verifier.Check(receipt)).OfType<Finding>();

    /// <summary>What a witness holds: asked over HTTP, or a copy of it in a file.</summary>
    private static Checkpoint Held(string place)
    {
        string text;
        if (Uri.TryCreate(place, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https")
        {
            using var witness = new RemoteLog(url);
            text = witness.Read("checkpoint") is { } bytes
                ? Encoding.UTF8.GetString(bytes)
                : throw new CommandFailedException($"the witness `{VisibleText.Of(place)}` holds no checkpoint yet");
        }
        else
        {
            text = File.Exists(place)
                ? File.ReadAllText(place)
                : throw new CommandFailedException($"there is no file `{VisibleText.Of(place)}`");
        }

        return Checkpoint.TryParse(text, out Checkpoint? checkpoint)
            ? checkpoint
            : throw new CommandFailedException($"what `{VisibleText.Of(place)}` gives is no checkpoint");
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
