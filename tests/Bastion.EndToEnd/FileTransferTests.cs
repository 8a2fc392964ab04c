using System.Diagnostics;

namespace Bastion.EndToEnd;

/// <summary>The tools engineers already have: scp in both forms, and sftp with its operations at the gate.</summary>
public class FileTransferTests
{
    [Theory]
    [InlineData("-s")]
    [InlineData("-O")]
    public async Task Scp_carries_files_both_ways(string form)
    {
        await using Demo demo = await Demo.StartAsync();
        if (form == "-O" && !await demo.IsConfinedAsync())
        {
            // The target's own scp wants a name for its user, and the unused user of such a target has none.
            return;
        }

        string sent = Path.Combine(demo.Data, "sent");
        string back = Path.Combine(demo.Data, "back");
        byte[] content = [.. Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31))];
        await File.WriteAllBytesAsync(sent, content);
        string[] options = [form, "-q", .. demo.SshOptions(), "-P", $"{demo.SshPort}"];
        ProgramResult put =
            await Programs.RunAsync("scp", [.. options, sent, "alice+orders-db@127.0.0.1:incoming.bin"]);
        Assert.True(put.ExitCode == 0, put.ToString());
        ProgramResult got =
            await Programs.RunAsync("scp", [.. options, "alice+orders-db@127.0.0.1:incoming.bin", back]);
        Assert.True(got.ExitCode == 0, got.ToString());
        Assert.Equal(content, await File.ReadAllBytesAsync(back));
    }

    [Fact]
    public async Task Removing_by_sftp_is_no_way_around_the_gate()
    {
        await using Demo demo = await Demo.StartAsync();
        Assert.Equal(0, (await demo.SshAsync("cp README backup.sql.gz")).ExitCode);
        using Process sftp = Programs.Start(
            "sftp", ["-q", "-b", "-", .. demo.SshOptions(), "-P", $"{demo.SshPort}", "alice+orders-db@127.0.0.1"]);
        Task<ProgramResult> finishing = Programs.FinishAsync(sftp);
        await sftp.StandardInput.WriteAsync("pwd\nrm backup.sql.gz\n");
        sftp.StandardInput.Close();
        using WebUser bob = await demo.SignInAsync("bob");
        string id = (await bob.WaitForRequestAsync()).GetProperty("id").GetString()!;
        (await bob.DenyAsync(id, "not the backup")).Dispose();
        ProgramResult refused = await finishing;
        Assert.NotEqual(0, refused.ExitCode);
        Assert.True(await demo.HasAsync("backup.sql.gz"));
    }
}
