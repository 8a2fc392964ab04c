using System.Net;
using System.Text;
using Bastion.Analysis;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Control.Approvals;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Gating.Intents;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Policy;
using Bastion.Tests;
using OtpNet;

namespace Bastion.Control.Tests;

/// <summary>
/// The whole control plane over a real policy and a real journal in a directory of its own: alice works, bob and dora
/// approve, carol audits. What is opaque needs approval, everything else that is granted runs.
/// </summary>
internal sealed class ControlWorld : IAsyncDisposable
{
    public const string Policy = """
        people: {alice: , bob: , carol: , dora: , erin: }
        groups:
          engineers: {members: [alice, bob]}
          approvers: {members: [bob, dora]}
        roles:
          audit-administration: {held-by: carol}
          security-administration: {held-by: erin}
        targets:
          orders-db:
            host: 10.0.3.7
            labels: {environment: production, kind: database}
            accounts: {app: orders/app, root: orders/root}
            default-account: app
        grants:
          all: {who: engineers, targets: "*", accounts: "*", allow: {exec: true, shell: observed, sftp: {read: true, write: true, delete: true}}}
        sessions: {idle: 30m, length: 8h, count: 3}
        """;

    public const string OneApprover = """
        rules:
          opaque-needs-approval:
            effects: [code.opaque, session.escape]
            require: {from: approvers, tier: medium, within: 5m}
            because: nobody can see beforehand what it would do
        """;

    public const string TwoApprovers = """
        rules:
          opaque-needs-two:
            effects: [code.opaque, session.escape]
            require: {from: approvers, approvers: 2, tier: critical, within: 5m}
            because: nobody can see beforehand what it would do
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-control-").FullName;
    private PolicyLoadResult _onDisk;

    private ControlWorld(PolicyLoadResult loaded)
    {
        _onDisk = loaded;
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
    }

    public ManualTime Time { get; } = new();

    public Journal Journal { get; private set; } = null!;

    public EvidenceLog Evidence { get; private set; } = null!;

    public PolicyHolder Policies { get; private set; } = null!;

    public MemoryRequestStore Requests { get; } = new();

    public MemorySessionStore SessionStore { get; } = new();

    public MemoryUserSecrets Secrets { get; } = new();

    public ApprovalDesk Desk { get; private set; } = null!;

    public SessionRegistry Sessions { get; private set; } = null!;

    public Gate Gate { get; private set; } = null!;

    public CredentialVerifier Verifier { get; private set; } = null!;

    public Reason? NoAdmission { get; set; }

    public static async Task<ControlWorld> StartAsync(params string[] rules)
    {
        var world = new ControlWorld(Load(rules.Length == 0 ? [OneApprover] : rules));
        world.Journal = await Journal.OpenAsync(
            world._directory, new JournalOptions
            {
                Signer = Ed25519NoteSigner.Generate("test"),
                TimeProvider = world.Time,
            });
        world.Evidence = new EvidenceLog(world.Journal);
        world.Policies = new PolicyHolder(world._onDisk.Snapshot!, () => world._onDisk, world.Evidence);
        world.Desk = new ApprovalDesk(world.Policies, world.Evidence, world.Requests, world.Time);
        world.Sessions = new SessionRegistry(
            world.Policies, world.Evidence, world.SessionStore, new Admission(world), world.Time);
        world.Gate = new Gate(Analyzer.Default, world.Policies, world.Desk, world.Sessions, world.Evidence, world.Time);
        world.Verifier = new CredentialVerifier(world.Secrets, world.Time);
        foreach (string? person in new[] { "alice", "bob", "carol", "dora" })
        {
            world.Secrets[person] = new UserSecret
            {
                User = person,
                TotpSecret = Encoding.ASCII.GetBytes($"secret-of-{person}-0123456789"),
            };
        }

        return world;
    }

    public static PolicyLoadResult Load(params string[] rules) => PolicyLoader.Load(
    [
        PolicyFile.FromText("base.yaml", Policy),
        .. rules.Select((text, index) => PolicyFile.FromText($"rules-{index}.yaml", text)),
    ]);

    public Task<PolicyLoadResult> ReloadAsync(params string[] rules)
    {
        _onDisk = Load(rules);
        return Policies.ReloadAsync("test", CancellationToken.None);
    }

    public Task<PolicyLoadResult> ReloadRawAsync(string whole)
    {
        _onDisk = PolicyLoader.Load([PolicyFile.FromText("base.yaml", whole)]);
        return Policies.ReloadAsync("test", CancellationToken.None);
    }

    public async Task<Session> SessionAsync(string person = "alice", string target = "orders-db")
    {
        SessionStart start = await Sessions.StartAsync(Opening(person, target), CancellationToken.None);
        return Assert.IsType<SessionStart.Started>(start).Session;
    }

    public static SessionOpening Opening(string person, string target = "orders-db") => new()
    {
        Principal = new PolicyPrincipal(person),
        Target = target,
        Client = new IPEndPoint(IPAddress.Parse("10.1.2.3"), 50_000),
        Login = LoginMethods.PublicKey,
    };

    /// <summary>Opaque without asking analysis: the gate itself knows that nobody has seen what comes in.</summary>
    public static Intent Opaque(string command = "sh -s", string? reason = null) => new ExecIntent(
        Encoding.UTF8.GetBytes(command), new IntentContext(0, Reason: reason));

    public static Intent Harmless(string command = "true") =>
        new ExecIntent(Encoding.UTF8.GetBytes(command), new IntentContext(0));

    public async Task<HeldIntent> HoldAsync(Session session, Intent? intent = null) =>
        Assert.IsType<GateAnswer.Held>(
        await Gate.SubmitAsync(session, intent ?? Opaque(), CancellationToken.None)).Intent;

    public string CodeOf(string person) =>
        new Totp(Secrets[person].TotpSecret!).ComputeTotp(Time.GetUtcNow().UtcDateTime);

    public async Task<DecisionOutcome> ApproveAsync(string id, string person)
    {
        Time.Advance(TimeSpan.FromSeconds(CredentialVerifier.StepSeconds));
        (ApprovalProof? proof, CredentialOutcome? outcome) =
            await ApprovalProof.ByCodeAsync(Verifier, person, id, CodeOf(person), CancellationToken.None);
        Assert.True(proof is not null, outcome.Describe());
        return await Desk.ApproveAsync(id, new PolicyPrincipal(person), proof, "10.9.9.9", CancellationToken.None);
    }

    public Task<DecisionOutcome> DenyAsync(string id, string person, string? reason = null) =>
        Desk.DenyAsync(id, new PolicyPrincipal(person), reason, "10.9.9.9", CancellationToken.None);

    /// <summary>The kinds of records so far, in order.</summary>
    public IReadOnlyList<string> Kinds() => [.. Records().Select(entry => entry.Kind)];

    public IEnumerable<JournalEntry> Records() => new JournalReader(_directory).Read();

    public async ValueTask DisposeAsync()
    {
        await Journal.DisposeAsync();
        Policies.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    public sealed class Admission(ControlWorld world) : IAdmission
    {
        public Reason? WhyNot() => world.NoAdmission;
    }
}
