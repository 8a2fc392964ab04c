namespace Bastion.Conformance;

/// <summary>What `ssh-audit` says of the algorithms that we offer without being told to.</summary>
[Collection(nameof(ServerRole))]
public sealed class AuditTests(ServerRole role)
{
    /// <summary>
    /// What releases of ssh-audit before 3.3 say of names that are younger than they are, or that were experimental
    /// then.
    /// </summary>
    private static readonly string[] TooYoung =
    [
        "(kex) mlkem768x25519-sha256 -- [warn] unknown algorithm",
        "(kex) sntrup761x25519-sha512 -- [warn] unknown algorithm",
        "(kex) sntrup761x25519-sha512@openssh.com -- [warn] using experimental algorithm",
        "(kex) kex-strict-s-v00@openssh.com -- [warn] unknown algorithm",
    ];

    [Fact]
    public async Task Ssh_audit_finds_nothing_to_fail_or_to_warn_about()
    {
        ProgramResult result = await StockProgram.RunAsync("ssh-audit",
            ["--no-colors", "--port", $"{role.DefaultServer.Port}", "--level", "warn", "127.0.0.1"]);
        string[] findings =
        [
            .. result.Text.Split('\n')
                .Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))
                .Where(line => line.Contains("[fail]", StringComparison.Ordinal)
                || line.Contains("[warn]", StringComparison.Ordinal))
                .Except(TooYoung),
        ];
        Assert.True(findings.Length == 0, string.Join('\n', findings));
        Assert.Contains("(kex) curve25519-sha256", (await StockProgram.RunAsync(
            "ssh-audit", ["--no-colors", "--port", $"{role.DefaultServer.Port}", "127.0.0.1"])).Text,
                StringComparison.Ordinal);
    }
}
