using System.Net;
using Bastion.Analysis;
using Bastion.Audit;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>Turns the journal's decisions back into the questions they were, to be put to another policy.</summary>
internal static class RecordedIntents
{
    /// <summary>Commands and lines of every session, in order, analysed anew as they stand.</summary>
    public static IEnumerable<RecordedIntent> Read(string dataDirectory)
    {
        var sessions = new Dictionary<string, (IPAddress? Source, LoginMethods Login)>(StringComparer.Ordinal);
        var login = LoginMethods.PublicKey;
        foreach (JournalEntry entry in new JournalReader(dataDirectory).Read())
        {
            switch (entry.Kind)
            {
                case "login.succeeded":
                    login = LoginOf(entry.Text("methods") ?? "");
                    break;
                case "session.started" when entry.Session is { } id:
                    sessions[id] = (IPEndPoint.TryParse(entry.Text("source") ?? "", out IPEndPoint? at) ? at.Address : null, login);
                    break;
                case "session.ended" or "session.interrupted" when entry.Session is { } id:
                    sessions.Remove(id);
                    break;
                case "command.decided" when entry.Text("origin") is "exec" or "line" or "shell" && entry.Session is { } id:
                    sessions.TryGetValue(id, out var known);
                    yield return IntentOf(entry, known.Source, known.Login);
                    break;
            }
        }
    }

    private static RecordedIntent IntentOf(JournalEntry entry, IPAddress? source, LoginMethods login)
    {
        string command = entry.Text("command") ?? "";
        bool line = entry.Text("origin") != "exec";
        return new RecordedIntent(
            $"record {entry.Sequence}", command,
            new PolicyRequest
            {
                Principal = new PolicyPrincipal(entry.Text("user") ?? ""),
                Target = entry.Text("target") ?? "",
                Account = entry.Text("account") ?? "",
                Action = line ? PolicyAction.Shell : PolicyAction.Exec,
                Shell = line ? ShellKind.Observed : ShellKind.None,
                Effects = PolicyQuestion.EffectsOf(Analyzer.Default.AnalyzeShell(command).Effects),
                Context = new PolicyContext { Time = entry.At, Source = source, Login = login, Coverage = 1, Counts = new FixedCounts(0) },
            });
    }

    private static LoginMethods LoginOf(string methods) =>
        (methods.Contains("publickey", StringComparison.Ordinal) ? LoginMethods.PublicKey : LoginMethods.None)
        | (methods.Contains("totp", StringComparison.Ordinal) || methods.Contains("keyboard-interactive", StringComparison.Ordinal)
            ? LoginMethods.Totp : LoginMethods.None);
}
