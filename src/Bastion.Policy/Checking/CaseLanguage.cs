using System.Net;
using Bastion.Policy.Shapes;
using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Checking;

/// <summary>Case files: questions to a policy, each with the answer it must give.</summary>
internal static class CaseLanguage
{
    private static readonly TextShape CommandText = new("a command", null, text =>
        text.Length is > 0 and <= 4_096 ? null : "between 1 and 4,096 characters");

    private static readonly RecordShape Effect = new("effect", "an effect", [
        new("kind", new TextShape("a kind of effect", "^[a-z][a-z0-9-]*\\.[a-z][a-z0-9-]*$", text =>
            EffectWords.Kinds.Contains(text)
            ? null
            : Suggestion.Help(text, EffectWords.Kinds) ?? "a kind such as `file.delete`"), "the kind", Required: true),
        new("level", new ChoiceShape("a level", LanguageParts.LevelWords), "its level; high when left out"),
        new("objects", new TableShape("objects by kind", TextShapes.ObjectKind,
            new ListShape("objects", TextShapes.ObjectPattern)), "what it touches: `path: [/srv]`"),
        new("unknown-objects", new TableShape("objects by kind", TextShapes.ObjectKind,
            new ListShape("objects", TextShapes.ObjectPattern)),
                "what it touches, computed at run time: `path: [$dir]`"),
    ]);

    private static readonly RecordShape Case = new("case", "a case", [
        new("as", TextShapes.Name, "who asks", Required: true),
        new("claims", new TableShape("claims", TextShapes.ClaimValue,
            new ListShape("values of a claim", TextShapes.ClaimValue)), "what the identity provider says of her"),
        new("target", TextShapes.Name, "the target", Required: true),
        new("account", TextShapes.Account, "the account; the target's default when left out"),
        new("action", new ChoiceShape("an action", LanguageParts.ActionWords), "exec when left out"),
        new("shell", new ChoiceShape("a kind of shell", LanguageParts.ShellWords[1..]),
            "which shell, for action shell"),
        new("command", CommandText, "a command line for analysis to read"),
        new("effects", new ListShape("effects", Effect), "what it would do, where no command is given"),
        new("paths", new ListShape("paths", TextShapes.ObjectPattern), "paths of a file operation"),
        new("to", TextShapes.Destination, "where a forward goes: `localhost:5432`"),
        new("at", TextShapes.Instant, "when; Monday 2026-03-02T10:00Z when left out"),
        new("from", new TextShape("an address", "^[0-9A-Fa-f:.]+$", text => IPAddress.TryParse(text, out _)
            ? null
            : "an address such as `10.0.0.1`"), "the client's address; 10.0.0.1 when left out"),
        new("login", new ListShape("ways of logging in",
            new ChoiceShape("a way of logging in", LanguageParts.LoginWords)), "public-key and totp when left out"),
        new("reason", TextShapes.Sentence, "the reason given"),
        new("ticket", TextShapes.Sentence, "the ticket named"),
        new("coverage", TextShapes.Percent, "how much of the session is understood; 100% when left out"),
        new("counted", new NumberShape("a number", 0, 1_000_000), "what every counter answers; 0 when left out"),
        new("session-targets", new ListShape("targets", TextShapes.Name), "targets already in use in the session"),
        new("granted", new ListShape("grants", TextShapes.Name), "just-in-time grants in force"),
        new("expect", new ChoiceShape("an outcome", ["permit", "require", "forbid"]), "what must be decided",
            Required: true),
        new("rule", TextShapes.Name, "a rule, grant or wall that must be among the deciding ones"),
        new("approvers", new NumberShape("a number of people", 1, 100), "how many approvers in all must be asked for"),
        new("tier", new ChoiceShape("a tier", ["low", "medium", "high", "critical"]), "the tier it must have"),
        new("notify", new ListShape("names", TextShapes.Name), "who must be told"),
    ], CommandOrEffects);

    public static readonly RecordShape File = new("cases", "a case file", [
        new("cases", new TableShape("cases", new TextShape("the name of a case", "^.{1,200}$",
            "a sentence of at most 200 characters"), Case),
                "cases by name; the name is a sentence that says what must hold", Required: true),
    ]);

    private static void CommandOrEffects(MapNode map, DiagnosticBag found)
    {
        if (map["command"] is { } command && map["effects"] is not null)
        {
            found.Error(command.Location, "bad-value", "a case has a `command` or `effects`, not both",
                "with a command, analysis finds the effects");
        }

        if (map["action"] is ScalarNode { Value: "shell" } shell && map["shell"] is null)
        {
            found.Error(shell.Location, "missing-key", "a case about a shell needs `shell`", "such as `shell: line`");
        }
    }
}
