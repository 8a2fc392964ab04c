namespace Bastion.Policy.Shapes;

/// <summary>The parts of the language that say who, where and how: people, targets, actions, conditions.</summary>
internal static class LanguageParts
{
    public static readonly string[] LoginWords =
        ["password", "public-key", "hardware-key", "certificate", "totp", "passkey", "identity-provider"];

    public static readonly string[] ConsoleWords =
    [
        "sessions.read", "sessions.watch", "sessions.kill", "recordings.read", "audit.read", "reports.read",
        "policy.read", "policy.propose", "policy.approve", "users.manage", "nodes.manage", "secrets.read",
    ];

    public static readonly string[] ShellWords = ["none", "guarded", "line", "observed"];

    public static readonly string[] ActionWords =
    [
        "connect", "exec", "shell", "sftp.read", "sftp.write", "sftp.delete", "forward", "remote-forward", "agent",
        "x11", "database",
    ];

    public static readonly string[] LevelWords = ["low", "medium", "high", "critical"];

    /// <summary>Object kinds whose patterns are absolute paths with `**`.</summary>
    public static readonly string[] PathKinds = ["path", "device"];

    public static readonly FlagShape Flag = new();
    public static readonly ListShape Subjects = new("people, groups or roles", TextShapes.Name);
    public static readonly ListShape Actions = new("actions", new ChoiceShape("an action", ActionWords));
    public static readonly ListShape Accounts = new("accounts", TextShapes.AccountPattern);
    public static readonly ListShape Hours = new("hours", TextShapes.Hours);
    public static readonly ListShape Networks = new("networks", TextShapes.Network);
    public static readonly ListShape Logins =
        new("ways of logging in", new ChoiceShape("a way of logging in", LoginWords));
    public static readonly ListShape Effects = new("effects", TextShapes.Effect);

    /// <summary>A sentence, or one in each language.</summary>
    public static readonly EitherShape Sentence = new("a sentence, or `en:` and `zh:`", scalar: TextShapes.Sentence,
        map: new RecordShape("sentence", "a sentence", [
        new("en", TextShapes.Sentence, "in English", Required: true),
        new("zh", TextShapes.Sentence, "in Chinese", Required: true),
    ]));

    /// <summary>Which targets: names and patterns, or labels that must all match.</summary>
    public static readonly EitherShape Targets = new(
        "targets: a name or pattern, a list of them, or labels",
        scalar: TextShapes.NamePattern,
        list: new ListShape("targets", TextShapes.NamePattern),
        map: new TableShape("labels", TextShapes.LabelKey,
            new ListShape("values of a label", TextShapes.LabelPattern)));

    public static readonly RecordShape Person = new("person", "a person", [
        new("full-name", TextShapes.Sentence, "shown to approvers instead of the login name"),
        new("keys", new ListShape("public keys", TextShapes.PublicKey, mayBeEmpty: true),
            "public keys she logs in with, as in authorized_keys"),
        new("certificate-principals", new ListShape("principals", TextShapes.Name),
            "principals of certificates that log in as this person"),
        new("totp", Flag, "true: a second factor is asked for at every login"),
        new("active", Flag, "false: she left; she can neither log in nor approve"),
    ]);

    public static readonly RecordShape Group = new("group", "a group", [
        new("description", TextShapes.Sentence, "what the group is for"),
        new("members", new ListShape("people or groups", TextShapes.Name, mayBeEmpty: true),
            "people, and groups whose members belong too"),
        new("claims", new TableShape("claims", TextShapes.ClaimValue,
            new ListShape("values of a claim", TextShapes.ClaimValue)),
                "claims of the identity provider that make one a member: `groups: [dba]`"),
        new("certificate-principals", new ListShape("principals", TextShapes.Name),
            "certificate principals that make one a member"),
    ]);

    public static readonly RecordShape Role = new("role", "a role", [
        new("description", TextShapes.Sentence, "what the role is for"),
        new("held-by", new ListShape("people or groups", TextShapes.Name, mayBeEmpty: true),
            "people and groups who hold it"),
        new("totp", Flag, "true: who holds it shows a second factor at login"),
        new("console", new ListShape("rights", new ChoiceShape("a right in the console", ConsoleWords)),
            "what it may do in the console"),
    ]);

    public static readonly TableShape AccountsTable = new("accounts", TextShapes.Account, TextShapes.CredentialName);

    public static readonly TableShape Labels = new("labels", TextShapes.LabelKey, TextShapes.LabelValue);

    public static readonly RecordShape Target = new("target", "a target", [
        new("description", TextShapes.Sentence, "what it is, for the menu"),
        new("host", TextShapes.Host, "its host name or address, as the gateway reaches it", Required: true),
        new("port", new NumberShape("a port", 1, 65_535), "its SSH port; 22 when left out"),
        new("labels", Labels, "what grants and rules select by: `environment: production`"),
        new("host-keys", new ListShape("public keys", TextShapes.PublicKey, mayBeEmpty: true), "its pinned host keys"),
        new("accounts", AccountsTable,
            "logins on it, each with the name of its credential in the vault: `app: orders-db/app`", Required: true),
        new("default-account", TextShapes.Account,
            "the account taken when none is named; the only one when there is one"),
    ]);

    public static readonly RecordShape Inventory = new("inventory", "an inventory", [
        new("file", TextShapes.FilePath, "the file, as seen from this policy file", Required: true),
        new("format", new ChoiceShape("a format", ["bastion", "ansible-ini", "ansible-yaml", "openssh"]),
            "what kind of file it is", Required: true),
        new("only", new ListShape("names or patterns", TextShapes.NamePattern), "take only these hosts"),
        new("labels", Labels, "labels every target of this inventory gets"),
        new("group-labels", new TableShape("groups", TextShapes.ClaimValue, Labels),
            "labels for the members of an Ansible group: `databases: {kind: database}`"),
        new("accounts", AccountsTable, "accounts of targets that name none themselves", Required: true),
        new("default-account", TextShapes.Account, "the account taken when none is named"),
    ]);

    /// <summary>An inventory of our own form: targets that may leave accounts to the inventory.</summary>
    public static readonly RecordShape InventoryFile = new("inventory-file", "an inventory file", [
        new("targets", new TableShape("targets", TextShapes.Name, new RecordShape("inventory-target", "a target", [
            .. Target.Fields.Select(field => field.Name == "accounts" ? field with { Required = false } : field),
        ])), "machines, by the name people type", Required: true),
    ]);

    public static readonly RecordShape Session = new("session", "session limits", [
        new("count", new NumberShape("a number of sessions", 1, 1_000), "sessions one person may have open at once"),
        new("idle", TextShapes.Duration, "a session without input or output ends after this"),
        new("length", TextShapes.Duration, "a session ends after this"),
        new("env", new ListShape("environment variables", TextShapes.Variable, mayBeEmpty: true),
            "environment variables the client may set: `[LANG, LC_*]`"),
    ]);

    private static readonly FlagOrShape Paths =
        new("`true`, `false` or path patterns", new ListShape("path patterns", TextShapes.Path));

    public static readonly RecordShape Allow = new("allow", "what is allowed", [
        new("exec", Flag, "run commands (`ssh host command`)"),
        new("shell", new ChoiceShape("a kind of shell", ShellWords),
            "open a shell: `line` (the gateway reads each line), `observed` (an aid, not a boundary), `guarded` "
                + "(kernel guard on the target), `none`"),
        new("sftp", new RecordShape("sftp", "file access", [
            new("read", Paths, "read and list: `true`, or path patterns such as `[/var/log/**]`"),
            new("write", Paths, "create and change"),
            new("delete", Paths, "remove; a rename takes `write` for both names"),
        ]), "file transfer by sftp and scp"),
        new("forward", new ListShape("destinations", TextShapes.Destination),
            "connections through the target, to these only: `localhost:5432`"),
        new("remote-forward", new ListShape("destinations", TextShapes.Destination),
            "ports the target may listen on for the client"),
        new("database", new ListShape("destinations", TextShapes.Destination),
            "database tunnels, in which the gateway reads each statement"),
        new("agent", Flag, "forward the client's SSH agent"),
        new("x11", Flag, "forward X11"),
    ]);

    public static readonly RecordShape Conditions = new("conditions", "conditions", [
        new("hours", Hours, "only in these hours: `mon-fri 09:00-18:00 Asia/Shanghai`"),
        new("networks", Networks, "only from these source networks"),
        new("login", Logins, "only when logged in with all of these: `[hardware-key, totp]`"),
        new("reason", Flag, "true: only with a reason given"),
        new("ticket", Flag, "true: only with a ticket named"),
        new("from", TextShapes.Instant, "not before this moment"),
        new("until", TextShapes.Instant, "no longer than this moment"),
    ]);
}
