using System.Diagnostics;
using System.Text.Json;

namespace Bastion.EndToEnd;

/// <summary>An interactive shell through stock ssh on a terminal.</summary>
public class ShellTests
{
    [Theory]
    [InlineData("rm -rf archive\n")]
    [InlineData("echo one\nrm -rf archive\n")]
    [InlineData("rm -rf arch\u0003rm -rf archive\r")]
    public async Task A_dangerous_line_is_held_however_it_is_pasted_and_a_refusal_clears_it(string keys)
    {
        await using Demo demo = await Demo.StartAsync();
        using Process shell = demo.StartSsh("-tt", "alice+orders-db@127.0.0.1");
        Task<ProgramResult> finishing = Programs.FinishAsync(shell);
        await shell.StandardInput.WriteAsync(keys);
        await shell.StandardInput.FlushAsync();
        using WebUser bob = await demo.SignInAsync("bob");
        JsonElement request = await bob.WaitForRequestAsync();
        Assert.Equal("rm -rf archive", request.GetProperty("command").GetString());
        Assert.Equal("observed", request.GetProperty("certainty").GetString());
        string id = request.GetProperty("id").GetString()!;
        (await bob.DenyAsync(id, "not today")).Dispose();
        await bob.WaitForStateAsync(id, "denied");
        await shell.StandardInput.WriteAsync("exit 5\r");
        await shell.StandardInput.FlushAsync();
        ProgramResult ended = await finishing;
        Assert.Equal(5, ended.ExitCode);
        Assert.Contains("not today", ended.Output, StringComparison.Ordinal);
        Assert.True(await demo.HasAsync("archive"));
    }
}
