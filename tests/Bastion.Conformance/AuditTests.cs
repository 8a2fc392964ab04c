namespace Bastion.Conformance;

/// <summary>What `ssh-audit` says of the algorithms that we offer without being told to.</summary>
[Collection(nameof(ServerRole))]
public sealed class AuditTests(ServerRole role)
{
    [Fact]
    public async Task Ssh_audit_finds_nothing_to_fail_or_to_warn_about()
    {
        ProgramResult result = await StockProgram.RunAsync("ssh-audit", ["--no-colors", "--port", $"{role.Server.Port}", "--level", "warn", "127.0.0.1"]);
        string[] findings = [.. result.Text.Split('\n').Where(line => line.Contains("[fail]", StringComparison.Ordinal) || line.Contains("[warn]", StringComparison.Ordinal))];
        Assert.True(findings.Length == 0, string.Join('\n', findings));
        Assert.True(result.ExitCode == 0, result.Explain());
    }
}
