using System.Net;

namespace Bastion.Policy.Tests;

/// <summary>Small policies written in the test, and questions to them.</summary>
internal static class PolicyTexts
{
    /// <summary>2026-03-02 is a Monday.</summary>
    public static readonly DateTimeOffset MondayTen = new(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);

    /// <summary>People and targets most tests need: alice works, bob and dora approve, carol audits, erin
    /// secures.</summary>
    public const string Base = """
        people: {alice: , bob: , carol: , dora: , erin: }
        groups:
          engineers: {members: [alice, bob]}
          approvers: {members: [bob, dora, carol]}
        roles:
          audit-administration: {held-by: carol}
          security-administration: {held-by: erin}
        targets:
          orders-db:
            host: 10.0.3.7
            labels: {environment: production, kind: database, system: orders}
            accounts: {app: orders/app, root: orders/root}
            default-account: app
          orders-dev:
            host: 10.0.9.7
            labels: {environment: development, kind: database, system: orders}
            accounts: {app: dev/app}
        """;

    public const string WideGrant = """
        grants:
          all: {who: engineers, targets: "*", accounts: "*", allow: {exec: true, shell: observed, sftp: {read: true, write: true, delete: true}}}
        """;

    public static PolicyLoadResult Load(params string[] texts) =>
        PolicyLoader.Load([.. texts.Index().Select(x => PolicyFile.FromText($"{(char)('a' + x.Index)}.yaml", x.Item))]);

    public static PolicySnapshot Snapshot(params string[] texts)
    {
        PolicyLoadResult result = Load(texts);
        Assert.True(result.Snapshot is not null, string.Join('\n', result.Diagnostics));
        return result.Snapshot;
    }

    /// <summary>The errors and warnings as a person sees them, one a line.</summary>
    public static string Findings(params string[] texts) => string.Join('\n', Load(texts).Diagnostics);

    public static PolicyContext Context(DateTimeOffset? time = null) => new()
    {
        Time = time ?? MondayTen,
        Source = IPAddress.Parse("10.1.2.3"),
        Login = LoginMethods.PublicKey | LoginMethods.Totp,
        Coverage = 1,
    };

    public static PolicyRequest Exec(string who, string target, params PolicyEffect[] effects) => new()
    {
        Principal = new PolicyPrincipal(who),
        Target = target,
        Account = "app",
        Action = PolicyAction.Exec,
        Effects = effects,
        Context = Context(),
    };

    public static PolicyEffect Delete(params string[] paths) =>
        new("file.delete", EffectLevel.High, [.. paths.Select(path => new PolicyObject("path", path))]);
}
