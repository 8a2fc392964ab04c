using System.Diagnostics;

namespace Bastion.Web.Tests;

/// <summary>The pages' own logic, in the runner of the Node that builds them.</summary>
public sealed class ClientLogicTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_pages_own_tests_pass()
    {
        using Process process = Process.Start(new ProcessStartInfo("node", ["test.mjs"])
        {
            WorkingDirectory = Path.Combine(RootDirectory(), "src/Bastion.Web/client"),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var deadline = new CancellationTokenSource(Patience);
        Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
        Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
        await process.WaitForExitAsync(deadline.Token);
        Assert.True(process.ExitCode == 0, await output + await errors);
        Assert.Contains("# fail 0", await output, StringComparison.Ordinal);
    }

    private static string RootDirectory()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "Bastion.sln")))
        {
            at = at.Parent ?? throw new InvalidOperationException("no Bastion.sln above the tests");
        }

        return at.FullName;
    }
}
