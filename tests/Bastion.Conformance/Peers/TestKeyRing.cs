using Bastion.Ssh.Keys;

namespace Bastion.Conformance.Peers;

/// <summary>
/// Keys and certificates in files, written by our own code for stock programs to read. One directory for a test run.
/// </summary>
internal sealed class TestKeyRing : IAsyncDisposable
{
    public const string User = "alice";

    private static readonly (string Name, SshKeyKind Kind)[] Kinds =
    [
        ("ed25519", SshKeyKind.Ed25519), ("ecdsa256", SshKeyKind.EcdsaNistp256), ("ecdsa384", SshKeyKind.EcdsaNistp384),
        ("ecdsa521", SshKeyKind.EcdsaNistp521), ("rsa", SshKeyKind.Rsa3072),
    ];

    private readonly Dictionary<string, SshPrivateKey> _users = [];
    private readonly Dictionary<string, SshPrivateKey> _hosts = [];

    private TestKeyRing(string directory)
    {
        Directory = directory;
        Authority = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        HostAuthority = SshPrivateKey.Generate(SshKeyKind.EcdsaNistp256);
        foreach ((string name, SshKeyKind kind) in Kinds)
        {
            _users[name] = SshPrivateKey.Generate(kind);
            _hosts[name] = SshPrivateKey.Generate(kind);
            Write(name, _users[name]);
            Write("host_" + name, _hosts[name]);
        }

        Write("authority", Authority);
        Write("host_authority", HostAuthority);
        // A key that nobody knows.
        Stranger = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        Write("stranger", Stranger);
    }

    public string Directory { get; }

    public SshPrivateKey Authority { get; }

    public SshPrivateKey HostAuthority { get; }

    public SshPrivateKey Stranger { get; }

    /// <summary>User key types: the plain ones, and each with a certificate (`ed25519+cert`).</summary>
    public static IReadOnlyList<string> UserKeyNames
    {
        get;
    } = [.. Kinds.Select(kind => kind.Name), .. Kinds.Select(kind => kind.Name + "+cert")];

    public static IReadOnlyList<string> PlainKeyNames { get; } = [.. Kinds.Select(kind => kind.Name)];

    public IReadOnlyList<ISshSigner> HostKeys => [.. _hosts.Values];

    public static async Task<TestKeyRing> CreateAsync()
    {
        var ring = new TestKeyRing(System.IO.Directory.CreateTempSubdirectory("bastion-conformance-").FullName);
        var authority = new CertificateAuthority(ring.Authority, TimeProvider.System);
        foreach ((string name, SshPrivateKey key) in ring._users)
        {
            OpenSshCertificate certificate = await authority.IssueAsync(
                new CertificateRequest
                {
                    Key = key.PublicKey,
                    Kind = SshCertificateKind.User,
                    KeyId = "conformance " + name,
                    Principals = [User, Environment.UserName],
                    Lifetime = TimeSpan.FromHours(1),
                    Extensions = ["permit-pty", "permit-port-forwarding"],
                },
                default);
            // OpenSSH finds a certificate beside its key by this name.
            await File.WriteAllTextAsync(ring.PathOf(name + "-cert.pub"), certificate + "\n");
            await File.WriteAllTextAsync(ring.PathOf($"{name}+cert-cert.pub"), certificate + "\n");
            File.Copy(ring.PathOf(name), ring.PathOf(name + "+cert"));
            File.SetUnixFileMode(ring.PathOf(name + "+cert"), UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.Delete(ring.PathOf(name + "-cert.pub"));
        }

        return ring;
    }

    public SshPrivateKey UserKey(string name) => _users[name];

    public SshPublicKey HostKey(string name) => _hosts[name].PublicKey;

    public ISshSigner Signer(string name)
    {
        if (!name.EndsWith("+cert", StringComparison.Ordinal))
        {
            return _users[name];
        }

        string plain = name[..^"+cert".Length];
        return new CertificateSigner(_users[plain],
            (OpenSshCertificate)SshPublicKey.ParseText(File.ReadAllText(PathOf(name + "-cert.pub"))));
    }

    public bool IsUserKey(SshPublicKey key) => _users.Values.Any(user => user.PublicKey.Equals(key));

    public string PathOf(string name) => Path.Combine(Directory, name);

    /// <summary>A known_hosts file that holds every host key for this port of loopback.</summary>
    public string WriteKnownHosts(int port)
    {
        string path = PathOf($"known_hosts_{port}");
        File.WriteAllLines(path, _hosts.Values.Select(key => KnownHosts.Line("127.0.0.1", port, key.PublicKey)));
        return path;
    }

    public ValueTask DisposeAsync()
    {
        System.IO.Directory.Delete(Directory, recursive: true);
        return ValueTask.CompletedTask;
    }

    private void Write(string name, SshPrivateKey key)
    {
        using (var file = new FileStream(
            PathOf(name),
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
        using (var writer = new StreamWriter(file))
        {
            writer.Write(key.ToOpenSsh(comment: name));
        }

        File.WriteAllText(PathOf(name + ".pub"), $"{key.PublicKey} {name}\n");
    }
}
