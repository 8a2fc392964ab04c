using System.Net;
using Bastion.Ssh.Keys;

namespace Bastion.Ssh.Tests.Keys;

public sealed class CertificateTests
{
    private static readonly IPAddress Anywhere = IPAddress.Parse("198.51.100.9");
    private static readonly TimeProvider Clock = new FixedClock(new DateTimeOffset(2026, 7, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData("cert-alice")]
    [InlineData("cert-rsa-alice")]
    [InlineData("cert-ecdsa")]
    public void Good_certificate_is_verified_for_its_principal(string name)
    {
        VerifiedCertificate? verified = Check(TestKeys.Certificate(name), out string? reason);

        Assert.Null(reason);
        Assert.NotNull(verified);
        Assert.True(verified.PermitsPty);
        Assert.True(verified.PermitsPortForwarding);
    }

    [Fact]
    public void Certificate_shows_what_its_authority_wrote()
    {
        OpenSshCertificate certificate = TestKeys.Certificate("cert-alice");

        Assert.Equal("alice@example", certificate.KeyId);
        Assert.Equal(7ul, certificate.Serial);
        Assert.Equal(["alice", "ops"], certificate.Principals);
        Assert.Equal(SshCertificateKind.User, certificate.Kind);
        Assert.Equal(TestKeys.Public("ed25519"), certificate.CertifiedKey);
        Assert.Equal(TestKeys.Public("authority"), certificate.Authority);
        Assert.Equal(["ssh-ed25519-cert-v01@openssh.com"], certificate.SignatureAlgorithms);
    }

    [Theory]
    [InlineData("cert-expired", "has expired")]
    [InlineData("cert-noprincipal", "is not for `alice`")]
    [InlineData("cert-host", "a host certificate was offered as a user's")]
    [InlineData("cert-sha1", "signature on the certificate is wrong")]
    [InlineData("cert-unknown", "`frobnicate@example.com`")]
    [InlineData("cert-source", "may not be used from 198.51.100.9")]
    public void Bad_certificate_is_refused_with_its_reason(string name, string expected)
    {
        Assert.Null(Check(TestKeys.Certificate(name), out string? reason));
        Assert.Contains(expected, reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_not_valid_yet_is_refused()
    {
        var checker = new CertificateChecker([TestKeys.Public("authority")],
            new FixedClock(new DateTimeOffset(2025, 12, 31, 23, 59, 59, TimeSpan.Zero)));
        Assert.Null(
            checker.CheckUser(TestKeys.Certificate("cert-alice"), "alice", Anywhere, false, out string? reason));
        Assert.Contains("not valid yet", reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Certificate_is_valid_until_but_not_at_its_end()
    {
        OpenSshCertificate certificate = TestKeys.Certificate("cert-alice");
        var end = DateTimeOffset.FromUnixTimeSeconds((long)certificate.ValidBefore);
        Assert.NotNull(At(end.AddSeconds(-1)).CheckUser(certificate, "alice", Anywhere, false, out _));
        Assert.Null(At(end).CheckUser(certificate, "alice", Anywhere, false, out _));

        static CertificateChecker At(DateTimeOffset now) => new([TestKeys.Public("authority")], new FixedClock(now));
    }

    [Fact]
    public void Certificate_for_another_principal_is_refused()
    {
        var checker = new CertificateChecker([TestKeys.Public("authority")], Clock);
        Assert.Null(checker.CheckUser(TestKeys.Certificate("cert-alice"), "bob", Anywhere, false, out _));
        Assert.Null(checker.CheckUser(TestKeys.Certificate("cert-alice"), "Alice", Anywhere, false, out _));
        Assert.NotNull(checker.CheckUser(TestKeys.Certificate("cert-alice"), "ops", Anywhere, false, out _));
    }

    [Fact]
    public void Authority_that_is_not_trusted_is_refused_and_none_is_trusted_by_default()
    {
        Assert.Null(new CertificateChecker([TestKeys.Public("authority-rsa")], Clock)
            .CheckUser(TestKeys.Certificate("cert-alice"), "alice", Anywhere, false, out string? reason));
        Assert.Contains("is not trusted", reason, StringComparison.Ordinal);
        Assert.Null(new CertificateChecker([], Clock).CheckUser(TestKeys.Certificate("cert-alice"), "alice", Anywhere,
            false, out _));
    }

    [Fact]
    public void Source_address_holds_for_its_networks_only()
    {
        OpenSshCertificate certificate = TestKeys.Certificate("cert-source");
        var checker = new CertificateChecker([TestKeys.Public("authority")], Clock);

        Assert.NotNull(checker.CheckUser(certificate, "alice", IPAddress.Parse("192.0.2.200"), false, out _));
        Assert.NotNull(checker.CheckUser(certificate, "alice", IPAddress.Parse("::ffff:192.0.2.200"), false, out _));
        Assert.NotNull(checker.CheckUser(certificate, "alice", IPAddress.Parse("2001:db8::5"), false, out _));
        Assert.Null(checker.CheckUser(certificate, "alice", IPAddress.Parse("192.0.3.1"), false, out _));
        Assert.Null(checker.CheckUser(certificate, "alice", null, false, out _));
    }

    [Fact]
    public void Force_command_is_refused_unless_the_caller_enforces_it()
    {
        OpenSshCertificate certificate = TestKeys.Certificate("cert-force");
        var checker = new CertificateChecker([TestKeys.Public("authority")], Clock);

        Assert.Null(checker.CheckUser(certificate, "alice", Anywhere, enforcesForceCommand: false, out string? reason));
        Assert.Contains("`force-command`", reason, StringComparison.Ordinal);
        VerifiedCertificate? verified =
            checker.CheckUser(certificate, "alice", Anywhere, enforcesForceCommand: true, out _);
        Assert.Equal("uptime -p", verified?.ForceCommand);
        Assert.False(verified?.PermitsPty);
    }

    [Fact]
    public void Verify_required_is_carried_to_the_signature_check()
    {
        VerifiedCertificate? verified = Check(TestKeys.Certificate("cert-verify"), out _);
        Assert.True(verified?.VerifyRequired);
    }

    [Fact]
    public void Certificate_with_any_byte_changed_is_refused()
    {
        byte[] blob = TestKeys.Certificate("cert-alice").Blob.ToArray();
        for (int index = 0; index < blob.Length; index++)
        {
            blob[index] ^= 0x04;
            bool good = SshPublicKey.TryParse(blob, out SshPublicKey? key)
                && key is OpenSshCertificate certificate
                && Check(certificate, out _) is not null;
            Assert.False(good, $"byte {index}");
            blob[index] ^= 0x04;
        }
    }

    [Fact]
    public void Certificate_cut_anywhere_is_refused()
    {
        byte[] blob = TestKeys.Certificate("cert-source").Blob.ToArray();
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.False(SshPublicKey.TryParse(blob.AsSpan(0, length), out _), $"cut at {length}");
        }

        Assert.False(SshPublicKey.TryParse([.. blob, 0], out _));
    }

    [Fact]
    public void Certificate_signed_by_a_certificate_is_not_even_parsed()
    {
        using SshPrivateKey authority = TestKeys.Private("ed25519");
        OpenSshCertificate middle = TestKeys.Certificate("cert-alice");
        byte[] Signed(SshPublicKey named)
        {
            byte[] body = Body(named);
            byte[] signature = authority.Sign("ssh-ed25519", body);
            return [.. body, .. PublicKeyTests.Blob(w => w.WriteString(signature))];
        }

        Assert.True(SshPublicKey.TryParse(Signed(authority.PublicKey), out _));
        Assert.False(SshPublicKey.TryParse(Signed(middle), out _));
    }

    [Fact]
    public void Options_out_of_order_or_twice_are_refused()
    {
        Assert.True(SshPublicKey.TryParse(WithExtensions("a", "b"), out _));
        Assert.False(SshPublicKey.TryParse(WithExtensions("b", "a"), out _));
        Assert.False(SshPublicKey.TryParse(WithExtensions("a", "a"), out _));

        static byte[] WithExtensions(params string[] names)
        {
            byte[] body = Body(TestKeys.Public("authority"), names);
            return [.. body,
                .. PublicKeyTests.Blob(w => w.WriteString(SignatureBlob.Write("ssh-ed25519", new byte[64])))];
        }
    }

    [Fact]
    public void Principal_with_a_NUL_inside_is_refused()
    {
        byte[] blob = PublicKeyTests.Blob(w => w.WriteBytes(Body(TestKeys.Public("authority"), [], "alice\0x")));
        byte[] whole =
            [.. blob, .. PublicKeyTests.Blob(w => w.WriteString(SignatureBlob.Write("ssh-ed25519", new byte[64])))];
        Assert.False(SshPublicKey.TryParse(whole, out _));
    }

    [Theory]
    [InlineData("authority")]
    [InlineData("authority-rsa")]
    [InlineData("ecdsa384")]
    public async Task Issued_certificate_is_verified_and_ends_in_time(string authorityName)
    {
        using SshPrivateKey authorityKey = TestKeys.Private(authorityName);
        var authority = new CertificateAuthority(authorityKey, Clock);
        OpenSshCertificate certificate = await authority.IssueAsync(
            new CertificateRequest
            {
                Key = TestKeys.Public("ed25519"),
                Kind = SshCertificateKind.User,
                KeyId = "alice, session 12",
                Principals = ["deploy"],
                Lifetime = TimeSpan.FromMinutes(5),
                ForceCommand = "uptime",
                SourceAddresses = ["192.0.2.7"],
                Extensions = ["permit-pty", "permit-agent-forwarding"],
            },
            default);
        var source = IPAddress.Parse("192.0.2.7");

        VerifiedCertificate? verified = At(0).CheckUser(certificate, "deploy", source, true, out string? reason);
        Assert.Null(reason);
        Assert.Equal("uptime", verified?.ForceCommand);
        Assert.Equal(["permit-agent-forwarding", "permit-pty"], verified?.Extensions);
        Assert.NotNull(At(299).CheckUser(certificate, "deploy", source, true, out _));
        Assert.Null(At(300).CheckUser(certificate, "deploy", source, true, out _));
        Assert.Null(At(0).CheckUser(certificate, "deploy", Anywhere, true, out _));

        CertificateChecker At(int seconds) =>
            new([authorityKey.PublicKey], new FixedClock(Clock.GetUtcNow().AddSeconds(seconds)));
    }

    [Fact]
    public async Task Certificate_without_principals_is_not_issued()
    {
        using SshPrivateKey key = TestKeys.Private("authority");
        var authority = new CertificateAuthority(key, Clock);
        await Assert.ThrowsAsync<ArgumentException>(() => authority.IssueAsync(
            new CertificateRequest
            {
                Key = TestKeys.Public("ed25519"),
                Kind = SshCertificateKind.User,
                KeyId = "",
                Principals = [],
                Lifetime = TimeSpan.FromMinutes(1),
            },
            default).AsTask());
    }

    [Fact]
    public async Task Certificate_signer_signs_under_the_certificates_name_with_the_plain_signature()
    {
        using SshPrivateKey key = TestKeys.Private("rsa2048");
        var signer = new CertificateSigner(key, TestKeys.Certificate("cert-rsa-alice"));
        const string Algorithm = "rsa-sha2-512-cert-v01@openssh.com";
        byte[] signature = await signer.SignAsync(Algorithm, "x"u8.ToArray(), default);

        Assert.True(signer.PublicKey.Verify(Algorithm, "x"u8, signature));
        Assert.True(key.PublicKey.Verify("rsa-sha2-512", "x"u8, signature));
        using SshPrivateKey other = TestKeys.Private("ed25519");
        Assert.Throws<ArgumentException>(() => new CertificateSigner(other, TestKeys.Certificate("cert-rsa-alice")));
    }

    private static VerifiedCertificate? Check(OpenSshCertificate certificate, out string? reason) =>
        new CertificateChecker([TestKeys.Public("authority"), TestKeys.Public("authority-rsa")], Clock)
            .CheckUser(certificate, "alice", Anywhere, enforcesForceCommand: false, out reason);

    /// <summary>A user certificate over the ed25519 key up to its signature.</summary>
    private static byte[] Body(SshPublicKey authority, string[]? extensions = null, string principal = "alice") =>
        PublicKeyTests.Blob(w =>
    {
        w.WriteString("ssh-ed25519-cert-v01@openssh.com");
        w.WriteString(new byte[32]);
        w.WriteString(((Ed25519PublicKey)TestKeys.Public("ed25519")).Key);
        w.WriteUInt64(1);
        w.WriteUInt32(1);
        w.WriteString("id");
        w.WriteString(PublicKeyTests.Blob(p => p.WriteString(principal)));
        w.WriteUInt64(0);
        w.WriteUInt64(ulong.MaxValue);
        w.WriteString("");
        w.WriteString(PublicKeyTests.Blob(e =>
        {
            foreach (string extension in extensions ?? [])
            {
                e.WriteString(extension);
                e.WriteString("");
            }
        }));
        w.WriteString("");
        w.WriteString(authority.Blob.Span);
    });
}

internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => now;
}
