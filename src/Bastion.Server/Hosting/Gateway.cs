using Bastion.Analysis;
using Bastion.Audit;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Control;
using Bastion.Control.Approvals;
using Bastion.Control.Authentication;
using Bastion.Control.Evidence;
using Bastion.Control.Gating;
using Bastion.Control.Health;
using Bastion.Control.Policies;
using Bastion.Control.Sessions;
using Bastion.Followers.Notifications;
using Bastion.Followers.Receipts;
using Bastion.Followers.Reports;
using Bastion.Followers.Witnesses;
using Bastion.Policy;
using Bastion.Storage;

namespace Bastion.Server.Hosting;

/// <summary>
/// The parts of one gateway, put together by hand in the order in which they depend on each other: whoever wonders what
/// talks to what reads <see cref="OpenAsync"/> from top to bottom.
/// </summary>
public sealed class Gateway : IAsyncDisposable
{
    private Gateway(
        BastionOptions options, DataDirectory data, SecretBox box, Database database, Journal journal,
        RecordingPublicKey recordingLock, RecordingKeyRing recordingKeys, PolicySnapshot policy, PolicySource source,
        Analyzer analyzer, TimeProvider time,
        INoteSigner signer, WitnessFleet witnesses)
    {
        Options = options;
        Time = time;
        Data = data;
        _box = box;
        _database = database;
        Journal = journal;
        Evidence = new EvidenceLog(journal);
        Policies = new PolicyHolder(policy, source.Load, Evidence);
        UserSecrets = new SqliteUserSecrets(database, box);
        Vault = new Vault(database, box);
        Credentials = new CredentialVerifier(UserSecrets, time);
        Logins = new RefreshTokens(new SqliteRefreshFamilies(database), time);
        Health = new GatewayHealth(options.DataDirectory, options.MinimumFreeDisk, journal);
        Sessions = new SessionRegistry(Policies, Evidence, new SqliteSessionStore(database), Health, time);
        Desk = new ApprovalDesk(Policies, Evidence, new SqliteRequestStore(database), time);
        Analyzer = analyzer;
        Gate = new Gate(analyzer, Policies, Desk, Sessions, Evidence, time);
        RecordingOptions = new RecordingOptions
        {
            DataDirectory = data.Root,
            Lock = recordingLock,
            TimeProvider = time,
        };
        Recordings = new RecordingReader(data.Root, recordingKeys);
        JournalReader = new JournalReader(data.Root);
        Receipts = new ReceiptDesk(journal, JournalReader, Sessions, witnesses);
        Witnesses = witnesses;
        Signer = signer;
        Outbox = new Outbox(database, time);
        Messenger = new Messenger(options.Notifications, Outbox, Policies, Evidence);
        Reports = new ReportStore(database, data.Root);
        Cursors = new JournalCursors(database);
        Health.AddObjection("database", () => database.Failed.IsCompletedSuccessfully
            ? new Reason(
                "the gateway's database cannot be used; tell its administrators",
                "网关数据库无法使用；请联系管理员")
            : null);
        StorageFailed = FirstFailureAsync(journal, database);
    }

    private readonly SecretBox _box;
    private readonly Database _database;

    public BastionOptions Options { get; }

    public TimeProvider Time { get; }

    public DataDirectory Data { get; }

    public Journal Journal { get; }

    public JournalReader JournalReader { get; }

    public RecordingOptions RecordingOptions { get; }

    public RecordingReader Recordings { get; }

    public EvidenceLog Evidence { get; }

    public ReceiptDesk Receipts { get; }

    public WitnessFleet Witnesses { get; }

    public PolicyHolder Policies { get; }

    public SqliteUserSecrets UserSecrets { get; }

    public Vault Vault { get; }

    public CredentialVerifier Credentials { get; }

    public RefreshTokens Logins { get; }

    public GatewayHealth Health { get; }

    public SessionRegistry Sessions { get; }

    public ApprovalDesk Desk { get; }

    public Analyzer Analyzer { get; }

    public Gate Gate { get; }

    /// <summary>The policy's files as they were before the one in force was read.</summary>
    internal string PolicySeen { get; private init; } = "";

    /// <summary>Signs checkpoints and reports.</summary>
    internal INoteSigner Signer { get; }

    internal Outbox Outbox { get; }

    internal Messenger Messenger { get; }

    internal ReportStore Reports { get; }

    internal JournalCursors Cursors { get; }

    /// <summary>Completes when what must be kept cannot be kept any more, with the reason: sessions end, and the
    /// process after them.</summary>
    public Task<string> StorageFailed { get; }

    /// <summary>Looks whether what is written is still where it will be looked for; the journal does so
    /// itself.</summary>
    internal void WatchDatabase() => _database.Watch();

    /// <summary>Opens everything, or nothing. Closes in the index what the last run left open.</summary>
    /// <exception cref="GatewayStartException">With what to mend.</exception>
    public static async Task<Gateway> OpenAsync(
        BastionOptions options, TimeProvider time, CancellationToken cancellationToken)
    {
        Analyzer analyzer = LoadAnalyzer(options);
        var source = new PolicySource(options.PolicyDirectory, analyzer, time);
        string policySeen = PolicyFingerprint.Of(options.PolicyDirectory, []);
        PolicySnapshot policy = LoadPolicy(source);
        var owned = new Stack<IDisposable>();
        try
        {
            DataDirectory data = Own(DataDirectory.Open(options.DataDirectory));
            SecretBox box = Own(SecretBox.LoadOrCreate(Path.Combine(data.Keys, "secrets.key")));
            Database database = Own(Database.Open(data.DatabaseFile, mayBeNew: new JournalReader(data.Root).IsEmpty));
            var signer = Bastion.Audit.Notes.Ed25519NoteSigner.LoadOrCreate(
                Path.Combine(data.Keys, "journal.key"), options.JournalName);
            (RecordingPublicKey? recordingLock, RecordingKeyRing? recordingKeys) =
                RecordingKeyRing.LoadOrCreate(data.Keys);
            WitnessFleet witnesses = Own(WitnessFleet.Create(options, time));
            Journal journal = await Journal.OpenAsync(
                data.Root, new JournalOptions { Signer = signer, TimeProvider = time }, cancellationToken);
            var gateway = new Gateway(options, data, box, database, journal, recordingLock, recordingKeys, policy,
                source, analyzer, time, signer, witnesses)
            {
                PolicySeen = policySeen,
            };
            await gateway.Sessions.CloseInterruptedAsync(cancellationToken);
            await gateway.Desk.CloseInterruptedAsync(cancellationToken);
            gateway.RecallCounts();
            await gateway.Policies.RecordFirstAsync();
            return gateway;
        }
        catch (Exception failure)
        {
            while (owned.TryPop(out IDisposable? part))
            {
                part.Dispose();
            }

            if (failure is DataDirectoryException or IOException or UnauthorizedAccessException or FormatException
                or StoreUnavailableException)
            {
                throw new GatewayStartException([failure.Message], failure);
            }

            throw;
        }

        T Own<T>(T part)
            where T : IDisposable
        {
            owned.Push(part);
            return part;
        }
    }

    private static async Task<string> FirstFailureAsync(Journal journal, Database database)
    {
        await Task.WhenAny(journal.Completion, database.Failed);
        if (database.Failed.IsCompletedSuccessfully)
        {
            return (await database.Failed).Message;
        }

        try
        {
            await journal.Completion;
        }
        catch (JournalUnavailableException fault)
        {
            return fault.Message;
        }

        // Closed in order: nothing failed, and nobody asks any more.
        return (await database.Failed).Message;
    }

    /// <summary>Reads back as far as the longest window of a cumulative rule, and no further.</summary>
    private void RecallCounts()
    {
        if (Policies.Current.Counters is [_, ..] counters)
        {
            DateTimeOffset since = Time.GetUtcNow() - counters.Max(counter => counter.Window);
            Gate.Recall(PastReleases.In(JournalReader.Read(JournalReader.SegmentBefore(since)), Analyzer));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Sessions.FlushAsync();
        await Journal.DisposeAsync();
        await Witnesses.FinishAsync();
        Policies.Dispose();
        Witnesses.Dispose();
        _database.Dispose();
        _box.Dispose();
        Data.Dispose();
    }

    private static PolicySnapshot LoadPolicy(PolicySource source)
    {
        PolicyLoadResult result = source.Load();
        return result.Snapshot
            ?? throw new GatewayStartException([.. result.Diagnostics.Select(diagnostic => diagnostic.ToString())]);
    }

    private static Analyzer LoadAnalyzer(BastionOptions options)
    {
        if (options.CatalogueDirectory is null)
        {
            return Analyzer.Default;
        }

        var catalogue = Catalogue.Load(options.CatalogueDirectory, out IReadOnlyList<CatalogueError>? errors);
        return errors.Count == 0
            ? new Analyzer(catalogue)
            : throw new GatewayStartException([.. errors.Select(error => error.ToString())]);
    }
}
