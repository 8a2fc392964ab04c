using System.Diagnostics;
using System.Text;

namespace Bastion.Conformance;

internal sealed record ProgramResult(int ExitCode, byte[] Output, string Errors)
{
    public string Text => Encoding.UTF8.GetString(Output);

    /// <summary>For a failed assertion: enough to see why, and never what a terminal would obey.</summary>
    public string Explain() =>
        $"exit {ExitCode}, {Output.Length} bytes of output\n{Printable(Text)}\n{Printable(Errors)}";

    private static string Printable(string text) =>
        string.Concat(
        text[^Math.Min(text.Length, 3000)..].Where(character => character is '\n' || !char.IsControl(character)));
}

/// <summary>Programs that others wrote. A missing one is a failure: nothing is skipped in silence.</summary>
internal static class StockProgram
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static string Require(string name)
    {
        string[] directories =
            [.. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'), "/usr/sbin", "/usr/lib/openssh"];
        return directories.Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists)
            ?? throw new FileNotFoundException($"`{name}` is not installed: install it, as tests/run does");
    }

    public static async Task<ProgramResult> RunAsync(
        string name, IEnumerable<string> arguments, byte[]? input = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        using Process process = Start(name, arguments, environment);
        using var output = new MemoryStream();
        using var deadline = new CancellationTokenSource(Deadline);
        try
        {
            Task copying = process.StandardOutput.BaseStream.CopyToAsync(output, deadline.Token);
            Task<string> errors = process.StandardError.ReadToEndAsync(deadline.Token);
            await WriteInputAsync(process, input, deadline.Token);
            await Task.WhenAll(copying, errors);
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramResult(process.ExitCode, output.ToArray(), await errors);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            return new ProgramResult(-1, output.ToArray(),
                $"`{name} {string.Join(' ', arguments)}` did not end in {Deadline.TotalSeconds} s");
        }
    }

    /// <summary>A program that goes on running; whoever starts it ends it.</summary>
    public static Process Start(string name, IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(Require(name), arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["LC_ALL"] = "C.UTF-8";
        // An agent of whoever runs the tests must not answer for the keys under test.
        start.Environment.Remove("SSH_AUTH_SOCK");
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        return Process.Start(start)!;
    }

    private static async Task WriteInputAsync(Process process, byte[]? input, CancellationToken cancellationToken)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input ?? [], cancellationToken);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended without reading all of it; its exit status says why.
        }
    }
}
