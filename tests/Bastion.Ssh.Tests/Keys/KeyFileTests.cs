using Bastion.Ssh.Keys;

namespace Bastion.Ssh.Tests.Keys;

public sealed class KeyFileTests
{
    private static readonly TimeProvider Clock = new FixedClock(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("plain.example", 22, "ed25519", KnownHostResult.Trusted)]
    [InlineData("PLAIN.example", 22, "ed25519", KnownHostResult.Trusted)]
    [InlineData("plain.example", 22, "rsa3072", KnownHostResult.Changed)]
    [InlineData("plain.example", 2222, "ed25519", KnownHostResult.Unknown)]
    [InlineData("odd.example", 2222, "ecdsa256", KnownHostResult.Trusted)]
    [InlineData("odd.example", 22, "ecdsa256", KnownHostResult.Unknown)]
    [InlineData("a.wild.example", 22, "ecdsa384", KnownHostResult.Trusted)]
    [InlineData("not.wild.example", 22, "ecdsa384", KnownHostResult.Unknown)]
    [InlineData("hashed.example", 22, "ed25519", KnownHostResult.Trusted)]
    [InlineData("hashed.example", 2022, "rsa3072", KnownHostResult.Trusted)]
    [InlineData("hashed.example", 2022, "ed25519", KnownHostResult.Changed)]
    [InlineData("plain.example", 22, "ecdsa521", KnownHostResult.Revoked)]
    [InlineData("nowhere.example", 22, "ed25519", KnownHostResult.Unknown)]
    public void Known_hosts_answers_as_ssh_would(string host, int port, string key, KnownHostResult expected)
    {
        var hosts = KnownHosts.Parse(TestKeys.Text("known_hosts"), "known_hosts");
        KnownHostResult result = hosts.Check(host, port, TestKeys.Public(key), Clock, out string? reason);

        Assert.Equal(expected, result);
        Assert.Equal(expected == KnownHostResult.Trusted, reason is null);
    }

    [Fact]
    public async Task Host_certificate_of_a_listed_authority_is_trusted_for_its_name_only()
    {
        using SshPrivateKey key = TestKeys.Private("authority");
        OpenSshCertificate certificate = await new CertificateAuthority(key, Clock).IssueAsync(
            new CertificateRequest
            {
                Key = TestKeys.Public("ecdsa256"),
                Kind = SshCertificateKind.Host,
                KeyId = "host",
                Principals = ["db.cert.example"],
                Lifetime = TimeSpan.FromDays(1),
            },
            default);
        var hosts = KnownHosts.Parse(TestKeys.Text("known_hosts"), "known_hosts");

        Assert.Equal(KnownHostResult.Trusted, hosts.Check("db.cert.example", 22, certificate, Clock, out _));
        Assert.Equal(KnownHostResult.Unknown, hosts.Check("web.cert.example", 22, certificate, Clock, out _));
        Assert.Equal(KnownHostResult.Unknown, hosts.Check("db.elsewhere.example", 22, certificate, Clock, out _));
        Assert.Equal(KnownHostResult.Unknown,
            hosts.Check("db.cert.example", 22, TestKeys.Public("authority"), Clock, out _));
    }

    [Theory]
    [InlineData("a.example ssh-ed25519", "hosts:2: expected")]
    [InlineData("@frob a.example ssh-ed25519 AAAA", "hosts:2: the marker")]
    [InlineData("@revoked * ssh-dss AAAAB3NzaC1kc3M=", "hosts:2: the key of a marked line")]
    public void Broken_known_hosts_line_is_named(string line, string expected)
    {
        SshKeyException failure = Assert.Throws<SshKeyException>(() => KnownHosts.Parse("# comment\n" + line, "hosts"));
        Assert.StartsWith(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Authorized_keys_lines_yield_keys_options_and_comments()
    {
        string ed25519 = TestKeys.Public("ed25519").ToString();
        string text = $"""
            # people
            {ed25519} alice@laptop
            restrict,from="10.0.0.0/8,!10.1.0.0/16",command="echo \"a b\"" {TestKeys.Public("rsa2048")}

            """;
        IReadOnlyList<AuthorizedKey> keys = AuthorizedKeys.Parse(text, "authorized_keys");

        Assert.Equal(2, keys.Count);
        Assert.Equal("alice@laptop", keys[0].Comment);
        Assert.Equal(2, keys[0].Line);
        Assert.Empty(keys[0].Options);
        Assert.Equal(TestKeys.Public("rsa2048"), keys[1].Key);
        Assert.Equal(
            [new("restrict", null), new("from", "10.0.0.0/8,!10.1.0.0/16"), new("command", "echo \"a b\"")],
            keys[1].Options);
    }

    [Theory]
    [InlineData("ssh-ed25519 AAAA", "keys:1: not a public key")]
    [InlineData("command=echo ssh-ed25519 AAAA", "keys:1: the value of option `command` needs double quotes")]
    [InlineData("command=\"echo ssh-ed25519 AAAA", "keys:1: the value of option `command` needs double quotes")]
    [InlineData("restrict", "keys:1: not a public key")]
    [InlineData(",restrict ssh-ed25519 AAAA", "keys:1: an option without a name")]
    public void Broken_authorized_keys_line_is_named(string line, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<SshKeyException>(() => AuthorizedKeys.Parse(line, "keys")).Message,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("message.sig", "ed25519")]
    [InlineData("message.rsa.sig", "rsa3072")]
    public void File_signature_of_ssh_keygen_is_verified_for_its_purpose_only(string file, string key)
    {
        byte[] message = TestKeys.Bytes("message");

        Assert.Equal(TestKeys.Public(key), SshSignature.Verify(TestKeys.Text(file), "file", message));
        Assert.Null(SshSignature.Verify(TestKeys.Text(file), "git", message));
        Assert.Null(SshSignature.Verify(TestKeys.Text(file), "file", [.. message, 0]));
        Assert.Null(SshSignature.Verify("hello", "file", message));
    }

    [Fact]
    public async Task File_signature_that_we_make_is_verified()
    {
        using SshPrivateKey key = TestKeys.Private("ecdsa256");
        string signature = await SshSignature.SignAsync(key, "bastion", "x"u8.ToArray(), default);
        Assert.Equal(key.PublicKey, SshSignature.Verify(signature, "bastion", "x"u8));
    }
}
