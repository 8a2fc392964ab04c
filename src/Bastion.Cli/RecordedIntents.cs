using System.Net;
using Bastion.Analysis;
using Bastion.Audit;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>
/// Turns the journal's decisions back into the questions they were, to be put to another policy: who asked what of
/// which target, when, from where, logged in how, in a session understood how far, after how much had been released.
/// Assumed is what the journal does not hold: see <see cref="Assumptions"/>.
/// </summary>
internal sealed class RecordedIntents(string dataDirectory, PolicySnapshot policy)
{
    public const string Assumptions =
        "commands are analysed as this version reads them; the shell is taken as observed; other open sessions, "
        + "tickets, reasons, claims and just-in-time grants are taken as none";

    private readonly Dictionary<string, RecordedSession> _sessions = new(StringComparer.Ordinal);
    private readonly ReplayedCounts _counts = new(policy);
    private LoginMethods _login = LoginMethods.PublicKey;

    /// <summary>Intents of every session, in order. The counts in a request are those of its own moment: decide each
    /// before taking the next.</summary>
    public IEnumerable<RecordedIntent> Read()
    {
        // The same journal twice, side by side: what was asked, and what of it had been released by then.
        using IEnumerator<PastRelease> released =
            PastReleases.In(new JournalReader(dataDirectory).Read(), Analyzer.Default).GetEnumerator();
        PastRelease? waiting = released.MoveNext() ? released.Current : null;
        foreach (JournalEntry entry in new JournalReader(dataDirectory).Read())
        {
            while (waiting is not null && waiting.At < entry.At)
            {
                _counts.Add(waiting);
                waiting = released.MoveNext() ? released.Current : null;
            }

            Follow(entry);
            if (IntentOf(entry) is { } intent)
            {
                yield return intent;
            }
        }
    }

    private void Follow(JournalEntry entry)
    {
        switch (entry.Kind)
        {
            case "login.succeeded":
                _login = LoginOf(entry.Text("methods") ?? "");
                break;
            case "session.started" when entry.Session is { } id:
                IPAddress? source = IPEndPoint.TryParse(entry.Text("source") ?? "", out IPEndPoint? at)
                    ? at.Address
                    : null;
                _sessions[id] = new RecordedSession(source, _login, entry.Text("account") ?? "");
                break;
            case "session.ended" or "session.interrupted" when entry.Session is { } id:
                _sessions.Remove(id);
                break;
        }
    }

    private RecordedIntent? IntentOf(JournalEntry entry)
    {
        if (entry.Session is not { } id || !_sessions.TryGetValue(id, out RecordedSession? session))
        {
            return null;
        }

        RecordedIntent? intent = entry.Kind switch
        {
            "command.decided" => CommandOf(entry, session),
            "file.operation" => FileOperationOf(entry, session),
            _ => null,
        };
        if (entry.Kind is "command.decided" or "file.operation")
        {
            session.Count(entry.Text("opaque") == "true", entry.Text("certainty") == "observed");
        }

        return intent;
    }

    private RecordedIntent? CommandOf(JournalEntry entry, RecordedSession session)
    {
        string command = entry.Text("command") ?? "";
        PolicyRequest request = Request(entry, session, entry.Text("account") ?? session.Account, PolicyAction.Exec);
        PolicyRequest? asked = entry.Text("origin") switch
        {
            "exec" => request with { Effects = EffectsOf(command) },
            "line" or "shell" => request with
            {
                Action = PolicyAction.Shell,
                Shell = ShellKind.Observed,
                Effects = EffectsOf(command),
            },
            "direct-tcpip" => request with { Action = PolicyAction.Forward, Destination = DestinationOf(command) },
            "tcpip-forward" => request with
            {
                Action = PolicyAction.RemoteForward,
                Destination = DestinationOf(command),
            },
            "agent" => request with { Action = PolicyAction.Agent },
            _ => null,
        };
        return asked is null ? null : new RecordedIntent($"record {entry.Sequence}", command, asked);
    }

    private RecordedIntent FileOperationOf(JournalEntry entry, RecordedSession session)
    {
        FileOperation operation = PastReleases.OperationOf(entry);
        PolicyAction action = operation.Kind switch
        {
            FileOperationKind.OpenRead => PolicyAction.SftpRead,
            FileOperationKind.Remove or FileOperationKind.RemoveDirectory => PolicyAction.SftpDelete,
            _ => PolicyAction.SftpWrite,
        };
        AnalysisResult reading = Analyzer.Default.AnalyzeFileOperation(operation);
        return new RecordedIntent($"record {entry.Sequence}", "sftp " + reading.Text,
            Request(entry, session, session.Account, action) with
            {
                Paths = operation.NewPath is { } to ? [operation.Path, to] : [operation.Path],
                Effects = PolicyQuestion.EffectsOf(reading.Effects),
            });
    }

    private PolicyRequest Request(JournalEntry entry, RecordedSession session, string account, PolicyAction action) =>
        new()
        {
            Principal = new PolicyPrincipal(entry.Text("user") ?? ""),
            Target = entry.Text("target") ?? "",
            Account = account,
            Action = action,
            Context = new PolicyContext
            {
                Time = entry.At,
                Source = session.Source,
                Login = session.Login,
                Coverage = session.Coverage,
                Counts = _counts,
            },
        };

    private static IReadOnlyList<PolicyEffect> EffectsOf(string command) =>
        PolicyQuestion.EffectsOf(Analyzer.Default.AnalyzeShell(command).Effects);

    private static ForwardDestination? DestinationOf(string text)
    {
        int colon = text.LastIndexOf(':');
        return colon > 0 && int.TryParse(text[(colon + 1)..], out int port)
            ? new ForwardDestination(text[..colon].Trim('[', ']'), port)
            : null;
    }

    private static LoginMethods LoginOf(string methods) =>
        (methods.Contains("publickey", StringComparison.Ordinal) ? LoginMethods.PublicKey : LoginMethods.None)
        | (methods.Contains("totp", StringComparison.Ordinal)
        || methods.Contains("keyboard-interactive", StringComparison.Ordinal)
            ? LoginMethods.Totp : LoginMethods.None);

    /// <summary>What the journal tells of a session so far.</summary>
    private sealed record RecordedSession(IPAddress? Source, LoginMethods Login, string Account)
    {
        private int _intents;
        private int _notUnderstood;

        /// <summary>As the gate had it when it decided.</summary>
        public double Coverage => _intents == 0 ? 1 : (double)(_intents - _notUnderstood) / _intents;

        public void Count(bool opaque, bool observed)
        {
            _intents++;
            _notUnderstood += opaque || observed ? 1 : 0;
        }
    }
}
