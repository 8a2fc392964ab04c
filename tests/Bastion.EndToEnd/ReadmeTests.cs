using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Bastion.EndToEnd;

/// <summary>
/// A newcomer's way through the README: every `sh` block is run as it stands, from the root of the checkout, in order.
/// A block marked `background` is started and awaited; the one marked `tests` is what runs this test.
/// </summary>
public partial class ReadmeTests
{
    private static readonly string[] Made = ["demo-data", "demo-report", "gateway"];

    [Fact]
    public async Task Every_command_of_the_readme_works_in_its_order()
    {
        Clean();
        Process? demo = null;
        int run = 0;
        try
        {
            foreach (Match block in Block()
                .Matches(await File.ReadAllTextAsync(Path.Combine(Programs.Root, "README.md"))))
            {
                string commands = Unindented(block.Groups["text"].Value);
                switch (block.Groups["kind"].Value.Trim())
                {
                    case "background":
                        demo = await StartAsync(commands);
                        break;
                    case "tests":
                        Assert.True(File.Exists(Path.Combine(Programs.Root, commands.Trim())));
                        break;
                    default:
                        using (Process shell = Programs.Start("bash", ["-euc", commands], Programs.Root))
                        {
                            shell.StandardInput.Close();
                            ProgramResult result = await Programs.FinishAsync(shell);
                            Assert.True(result.ExitCode == 0, $"{commands}\n{result}");
                        }

                        run++;
                        break;
                }
            }

            Assert.True(run >= 4, "the README lost its commands");
        }
        finally
        {
            demo?.Kill(entireProcessTree: true);
            demo?.Dispose();
            Clean();
        }
    }

    private static async Task<Process> StartAsync(string command)
    {
        Process process = Programs.Start("bash", ["-euc", "exec " + command.Trim()], Programs.Root);
        // The first build on a machine is part of it.
        using var deadline = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        Task<string> errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        while (await process.StandardOutput.ReadLineAsync(deadline.Token) is { } line)
        {
            if (line.StartsWith("ready ssh=127.0.0.1:2222 web=http://localhost:8080", StringComparison.Ordinal))
            {
                return process;
            }
        }

        // Root on a machine without namespaces is told to add this, by the README as well.
        const string unconfined = "--unconfined-target";
        return (await errors).Contains(unconfined, StringComparison.Ordinal)
            && !command.Contains(unconfined, StringComparison.Ordinal)
                ? await StartAsync($"{command.Trim()} {unconfined}")
                : throw new InvalidOperationException($"`{command}` did not become ready: {await errors}");
    }

    private static string Unindented(string text)
    {
        string[] lines = text.Split('\n');
        int indent = lines.Where(line => line.Trim().Length > 0).Min(line => line.Length - line.TrimStart().Length);
        return string.Join('\n', lines.Select(line => line.Length >= indent ? line[indent..] : line));
    }

    private static void Clean()
    {
        foreach (string directory in Made.Select(name => Path.Combine(Programs.Root, name)).Where(Directory.Exists))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex(@"^ *```sh(?<kind>[^\n]*)\n(?<text>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
