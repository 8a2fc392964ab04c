using System.Security.Cryptography;
using System.Text;
using Bastion.Control.Authentication;
using Bastion.Control.Sessions;

namespace Bastion.Storage.Tests;

public sealed class StorageTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("bastion-storage-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task Secrets_come_back_and_are_nowhere_in_the_file()
    {
        using (Store store = Open())
        {
            await store.Users.SetAsync("alice", null, Encoding.ASCII.GetBytes("totp-secret-of-alice"),
                CancellationToken.None);
            await store.Vault.PutPasswordAsync("orders/app", "hunter2-password", CancellationToken.None);
        }

        using (Store store = Open())
        {
            UserSecret? alice = await store.Users.FindAsync("alice", CancellationToken.None);
            Assert.Equal("totp-secret-of-alice", Encoding.ASCII.GetString(alice!.TotpSecret!));
            TargetCredential credential = store.Vault.Find("orders/app")!;
            Assert.Equal("hunter2-password", Encoding.ASCII.GetString(credential.Secret.Span));
            Assert.Equal("Password `orders/app`", credential.ToString());
        }

        foreach (string file in Directory.GetFiles(_directory, "*", SearchOption.AllDirectories))
        {
            string content = Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file));
            Assert.DoesNotContain("hunter2-password", content, StringComparison.Ordinal);
            Assert.DoesNotContain("totp-secret-of-alice", content, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_secret_moved_changed_or_cut_does_not_open()
    {
        using var box = SecretBox.LoadOrCreate(Path.Combine(_directory, "key"));
        byte[] sealedSecret = box.Seal("secret"u8, "totp:alice");

        Assert.Equal("secret"u8, box.Open(sealedSecret, "totp:alice"));
        Assert.ThrowsAny<CryptographicException>(() => box.Open(sealedSecret, "totp:bob"));
        Assert.ThrowsAny<CryptographicException>(() => box.Open(sealedSecret.AsSpan(0, 20), "totp:alice"));
        for (int place = 0; place < sealedSecret.Length; place++)
        {
            byte[] changed = sealedSecret.ToArray();
            changed[place] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => box.Open(changed, "totp:alice"));
        }
    }

    [Fact]
    public void Many_threads_can_seal_and_open_at_once()
    {
        using var box = SecretBox.LoadOrCreate(Path.Combine(_directory, "key"));

        Parallel.For(0, 2_000, number =>
        {
            byte[] secret = BitConverter.GetBytes(number);
            Assert.Equal(secret, box.Open(box.Seal(secret, "test"), "test"));
        });
    }

    [Fact]
    public async Task Of_two_hundred_uses_of_one_code_at_once_one_is_accepted()
    {
        using Store store = Open();
        byte[] secret = Encoding.ASCII.GetBytes("12345678901234567890");
        await store.Users.SetAsync("alice", null, secret, CancellationToken.None);
        var time = new Bastion.Tests.ManualTime();
        var verifier = new CredentialVerifier(store.Users, time);
        string code = new OtpNet.Totp(secret).ComputeTotp(time.GetUtcNow().UtcDateTime);

        CredentialOutcome[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() =>
            verifier.VerifyCodeAsync("alice", code, CancellationToken.None).AsTask())));

        Assert.Single(outcomes.OfType<CredentialOutcome.Accepted>());
    }

    [Fact]
    public async Task A_new_secret_does_not_make_a_spent_code_good_again()
    {
        using Store store = Open();
        await store.Users.SetAsync("alice", null, new byte[20], CancellationToken.None);
        UserSecret secret = (await store.Users.FindAsync("alice", CancellationToken.None))!;
        Assert.True(await store.Users.TryUpdateAsync(secret with { LastTotpStep = 77 }, CancellationToken.None));

        await store.Users.SetAsync("alice", "hash", new byte[20], CancellationToken.None);

        Assert.Equal(77, (await store.Users.FindAsync("alice", CancellationToken.None))!.LastTotpStep);
    }

    [Fact]
    public void Two_gateways_cannot_have_one_directory()
    {
        using var first = DataDirectory.Open(Path.Combine(_directory, "data"));

        DataDirectoryException refused =
            Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(Path.Combine(_directory, "data")));
        Assert.Contains("another gateway runs on", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_or_key_that_others_can_read_is_refused_with_the_mend()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        string open = Directory.CreateDirectory(Path.Combine(_directory, "open")).FullName;
        File.SetUnixFileMode(open, (UnixFileMode)0b111_101_101);
        Assert.Contains("chmod 700", Assert.Throws<DataDirectoryException>(() => DataDirectory.Open(open)).Message,
            StringComparison.Ordinal);

        string key = Path.Combine(_directory, "key");
        SecretBox.LoadOrCreate(key).Dispose();
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(key));
        File.SetUnixFileMode(key, (UnixFileMode)0b110_100_000);
        Assert.Contains("chmod 600", Assert.Throws<DataDirectoryException>(() => SecretBox.LoadOrCreate(key)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_comes_back_as_it_was_saved()
    {
        using Store store = Open();
        var sessions = new SqliteSessionStore(store.Database);
        var started = new DateTimeOffset(2026, 3, 2, 10, 0, 0, TimeSpan.Zero);
        var session = new SessionSummary
        {
            Id = "s-0123456789abcdef",
            Principal = "alice",
            Target = "orders-db",
            Account = "app",
            Client = "10.1.2.3:50000",
            ClientSoftware = "OpenSSH_9.2 \"x\"",
            Login = ["publickey"],
            Started = started,
            Intents = 3,
            Recordings = [new SessionRecording(0, started)],
        };
        await sessions.SaveAsync(session, CancellationToken.None);
        Assert.Single(await sessions.ListAsync(null, onlyRunning: true, 10, CancellationToken.None));
        var end = new SessionEnd(SessionEndKind.Killed, "incident", started.AddMinutes(1), "erin");
        await sessions.SaveAsync(session with { End = end }, CancellationToken.None);

        SessionSummary? found = await sessions.FindAsync(session.Id, CancellationToken.None);

        Assert.Equal(end, found?.End);
        Assert.Equal(session.Recordings, found?.Recordings);
        Assert.Equal((session.ClientSoftware, 3), (found!.ClientSoftware, found.Intents));
        Assert.Empty(await sessions.ListAsync(null, onlyRunning: true, 10, CancellationToken.None));
        Assert.Empty(await sessions.ListAsync("bob", onlyRunning: false, 10, CancellationToken.None));
    }

    [Fact]
    public async Task A_database_of_a_newer_gateway_is_left_alone()
    {
        using (Store store = Open())
        {
            await store.Database.WriteAsync("UPDATE schema_version SET version = 1000",
                CancellationToken.None);
        }

        DataDirectoryException refused = Assert.Throws<DataDirectoryException>(() => Open());
        Assert.Contains("newer gateway", refused.Message, StringComparison.Ordinal);
    }

    private Store Open() => new(_directory);

    private sealed class Store : IDisposable
    {
        public Store(string directory)
        {
            Box = SecretBox.LoadOrCreate(Path.Combine(directory, "key"));
            Database = Database.Open(Path.Combine(directory, "bastion.db"));
            Users = new SqliteUserSecrets(Database, Box);
            Vault = new Vault(Database, Box);
        }

        public SecretBox Box { get; }

        public Database Database { get; }

        public SqliteUserSecrets Users { get; }

        public Vault Vault { get; }

        public void Dispose()
        {
            Database.Dispose();
            Box.Dispose();
        }
    }
}
