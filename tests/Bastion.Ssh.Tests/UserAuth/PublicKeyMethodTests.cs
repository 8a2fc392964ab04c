using System.Net;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Tests.Connection;
using Bastion.Ssh.Tests.Keys;
using Bastion.Ssh.UserAuth;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.UserAuth;

public sealed class PublicKeyMethodTests
{
    private static readonly UserAuthServerOptions July2026 = new()
    {
        TimeProvider = new FixedClock(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero)),
    };

    [Theory]
    [InlineData("ed25519", "ssh-ed25519")]
    [InlineData("ecdsa256", "ecdsa-sha2-nistp256")]
    [InlineData("ecdsa384", "ecdsa-sha2-nistp384")]
    [InlineData("ecdsa521", "ecdsa-sha2-nistp521")]
    [InlineData("rsa2048", "rsa-sha2-256")]
    [InlineData("rsa3072", "rsa-sha2-512")]
    public async Task Signed_request_logs_in_and_the_proof_is_handed_on(string name, string algorithm)
    {
        var authenticator = new TestAuthenticator() { Keys = { TestKeys.Public(name) } };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private(name);
        login.Sign("alice", key, algorithm: algorithm);

        AuthenticatedUser user = await login.SuccessAsync();
        Assert.Equal("principal alice", user.Principal);
        CompletedMethod completed = Assert.Single(user.Completed);
        Assert.Equal(algorithm, completed.Key?.Algorithm);
        Assert.Equal(key.PublicKey, completed.Key?.Key);
        UserAuthEvent accepted = Assert.Single(authenticator.Events);
        Assert.Equal((UserAuthResult.Accepted, "alice", "publickey", key.PublicKey.Fingerprint),
            (accepted.Result, accepted.User, accepted.Method, accepted.KeyFingerprint));
    }

    [Fact]
    public async Task Offer_is_answered_the_same_for_known_and_unknown_users_and_keys_and_asks_nobody_about_them()
    {
        var authenticator = new TestAuthenticator();
        foreach (string user in (string[])["alice", "nobody"])
        {
            foreach (string name in (string[])["ed25519", "ecdsa384"])
            {
                using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
                SshPublicKey key = TestKeys.Public(name);
                login.Offer(user, key);

                byte[] expected = new MessageBuilder().Number(MessageNumber.UserAuthMethod60).String(key.KeyType)
                    .String(key.Blob.Span).ToArray();
                Assert.Equal(expected, await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60));
            }
        }

        Assert.Empty(authenticator.Asked);
    }

    [Fact]
    public async Task Offer_of_one_key_proves_nothing_for_a_signature_by_another()
    {
        // CVE-2024-45337: the decision must rest on the key that signed, not on one that was offered.
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Offer("alice", TestKeys.Public("ed25519"));
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        using SshPrivateKey other = TestKeys.Private("ecdsa256");
        login.Sign("alice", other);

        await login.FailureAsync();
        UserAuthEvent refused = Assert.Single(authenticator.Events);
        Assert.Equal(other.PublicKey.Fingerprint, refused.KeyFingerprint);
        Assert.Equal("not a key of this user", refused.Reason);
    }

    [Fact]
    public async Task Signature_by_another_key_under_the_shown_one_asks_nobody()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using var made = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        login.Sign("alice", made, shown: TestKeys.Public("ed25519"));

        await login.FailureAsync();
        Assert.Empty(authenticator.Asked);
        Assert.Equal("the signature is wrong", Assert.Single(authenticator.Events).Reason);
    }

    [Theory]
    [InlineData("user")]
    [InlineData("session")]
    [InlineData("service")]
    public async Task Signature_over_another_user_session_or_service_is_refused(string what)
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign(
            "alice", key,
            signedUser: what == "user" ? "bob" : null,
            sessionId: what == "session" ? [9, 9, 9] : null,
            signedService: what == "service" ? "ssh-userauth" : null);

        await login.FailureAsync();
        Assert.Empty(authenticator.Asked);
    }

    [Fact]
    public async Task Algorithm_that_does_not_fit_the_key_or_is_sha1_is_refused_without_a_signature_check()
    {
        var authenticator = new TestAuthenticator() { Keys = { TestKeys.Public("rsa2048") } };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Offer("alice", TestKeys.Public("rsa2048"), "ssh-rsa");
        await login.FailureAsync();
        login.Offer("alice", TestKeys.Public("rsa2048"), "ssh-ed25519");
        await login.FailureAsync();
        login.Offer("alice", TestKeys.Public("ed25519"), "ssh-ed25519-cert-v01@openssh.com");
        await login.FailureAsync();

        Assert.Empty(authenticator.Asked);
        login.Client.Send(m => m.Number(MessageNumber.UserAuthRequest).String("alice").String("ssh-connection")
            .String("publickey")
            .Boolean(false).String("ssh-ed25519"));
        Assert.Equal(DisconnectReason.ProtocolError, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Vetoed_offer_is_refused_and_named_when_the_connection_comes_to_nothing()
    {
        var authenticator = new TestAuthenticator() { AcceptsOffer = _ => false };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Offer("alice", TestKeys.Public("ecdsa256"));
        await login.FailureAsync();
        await login.Client.DisposeAsync();

        await login.EndAsync();
        UserAuthEvent ended = Assert.Single(authenticator.Events);
        Assert.Equal(UserAuthResult.Ended, ended.Result);
        Assert.Contains(TestKeys.Public("ecdsa256").Fingerprint, ended.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_bound_signature_counts_only_for_this_connections_host_key()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        using ScriptedLogin good = await ScriptedLogin.StartAsync(new TestAuthenticator());
        good.Sign("alice", key, method: "publickey-hostbound-v00@openssh.com", hostKey: ScriptedLogin.HostKey);
        Assert.True((await good.SuccessAsync()).Completed[0].Key?.HostBound);

        var authenticator = new TestAuthenticator();
        using ScriptedLogin bad = await ScriptedLogin.StartAsync(authenticator);
        bad.Sign("alice", key, method: "publickey-hostbound-v00@openssh.com", hostKey: [1]);
        await bad.FailureAsync();
        Assert.Contains("another host key", authenticator.Events[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_bound_fields_under_the_plain_method_are_malformed()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator());
        login.Sign("alice", key, hostKey: ScriptedLogin.HostKey);
        Assert.Equal(DisconnectReason.ProtocolError, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Security_key_logs_in_and_its_statement_is_handed_on()
    {
        SecurityKeyPublicKey key = SecurityKeyTests.Key("ed25519");
        var authenticator = new TestAuthenticator() { Keys = { key } };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Sign("alice", new SoftwareAuthenticator(key, 0x05));

        Assert.Equal(new SecurityKeyAssertion(true, 3), (await login.SuccessAsync()).Completed[0].Key?.Assertion);
    }

    [Fact]
    public async Task Certificate_of_a_trusted_authority_logs_in_with_its_limits_carried_along()
    {
        var authenticator = new TestAuthenticator()
        {
            Keys = [],
            CertificateAuthorities = [TestKeys.Public("authority")],
            EnforcesForceCommand = true,
        };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, July2026);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", new CertificateSigner(key, TestKeys.Certificate("cert-force")));

        AuthenticatedUser user = await login.SuccessAsync();
        Assert.Equal("uptime -p", user.ForceCommand);
        Assert.False(user.Completed[0].Key?.Certificate?.PermitsPty);
        Assert.Contains("`force` (serial 0) by SHA256:", authenticator.Events[0].Certificate, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("cert-alice", "authority-rsa", "is not trusted")]
    [InlineData("cert-expired", "authority", "has expired")]
    [InlineData("cert-host", "authority", "a host certificate was offered")]
    [InlineData("cert-sha1", "authority-rsa", "signature on the certificate is wrong")]
    [InlineData("cert-source", "authority", "may not be used from 198.51.100.9")]
    [InlineData("cert-force", "authority", "`force-command`")]
    [InlineData("cert-unknown", "authority", "`frobnicate@example.com`")]
    [InlineData("cert-verify", "authority", "the person was not verified")]
    [InlineData("cert-noprincipal", "authority", "is not for `alice`")]
    public async Task Certificate_that_must_not_count_is_refused_and_recorded_and_asks_nobody(string certificate,
    string authority, string reason)
    {
        var authenticator = new TestAuthenticator() { CertificateAuthorities = [TestKeys.Public(authority)] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, July2026);
        using SshPrivateKey key = TestKeys.Private(certificate == "cert-host" ? "ecdsa256" : "ed25519");
        login.Sign("alice", new CertificateSigner(key, TestKeys.Certificate(certificate)));

        await login.FailureAsync();
        Assert.Empty(authenticator.Asked);
        Assert.Contains(reason, Assert.Single(authenticator.Events).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Source_address_is_held_against_the_clients_address()
    {
        var authenticator = new TestAuthenticator() { CertificateAuthorities = [TestKeys.Public("authority")] };
        UserAuthServerOptions options = July2026 with
        {
            ClientEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.44"), 1),
        };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, options);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", new CertificateSigner(key, TestKeys.Certificate("cert-source")));
        await login.SuccessAsync();
    }

    [Fact]
    public async Task Verify_required_certificate_needs_an_authenticator_that_verified_the_person()
    {
        using SshPrivateKey authorityKey = TestKeys.Private("authority");
        SecurityKeyPublicKey key = SecurityKeyTests.Key("ed25519");
        OpenSshCertificate certificate = await new CertificateAuthority(authorityKey, July2026.TimeProvider).IssueAsync(
            new CertificateRequest
            {
                Key = key,
                Kind = SshCertificateKind.User,
                KeyId = "k",
                Principals = ["alice"],
                Lifetime = TimeSpan.FromHours(1),
            }, default);
        var authenticator = new TestAuthenticator() { CertificateAuthorities = [TestKeys.Public("authority")] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, July2026);
        login.Sign("alice", new SoftwareAuthenticator(key, 0x01), shown: certificate,
            algorithm: "sk-ssh-ed25519-cert-v01@openssh.com");

        VerifiedKey? proof = (await login.SuccessAsync()).Completed[0].Key;
        Assert.Equal(key, proof?.Key);
        Assert.NotNull(proof?.Certificate);
    }

    [Fact]
    public async Task Refused_certificate_offer_is_recorded_since_no_signature_will_follow()
    {
        var authenticator = new TestAuthenticator() { CertificateAuthorities = [TestKeys.Public("authority")] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, July2026);
        login.Offer("alice", TestKeys.Certificate("cert-expired"));
        await login.FailureAsync();
        Assert.Contains("has expired", Assert.Single(authenticator.Events).Reason, StringComparison.Ordinal);
        login.Offer("alice", TestKeys.Certificate("cert-alice"));
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
    }

    /// <summary>A FIDO authenticator made of software: the ed25519 test key in its place.</summary>
    private sealed class SoftwareAuthenticator(SecurityKeyPublicKey key, byte flags) : ISshSigner
    {
        public SshPublicKey PublicKey => key;

        public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data,
            CancellationToken cancellationToken) =>
            ValueTask.FromResult(SecurityKeyTests.Sign("ed25519", key, flags, 3, data.ToArray()));
    }
}
