using System.Diagnostics;
using System.Text;

namespace Bastion.EndToEnd;

internal sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    public override string ToString() => $"exit {ExitCode}\nstdout: {Output}\nstderr: {Error}";
}

/// <summary>Runs whole programs, each with a deadline.</summary>
internal static class Programs
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    public static string Root { get; } = FindRoot();

    /// <summary>The executable as it was built beside these tests, in the same configuration.</summary>
    public static string BastionDll { get; } = Path.Combine(
        Root, "artifacts", "bin", "Bastion.Cli",
        Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/') + "/x")!), "bastion.dll");

    public static Process Start(string program, IEnumerable<string> arguments, string? directory = null)
    {
        var start = new ProcessStartInfo(program)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? Environment.CurrentDirectory,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    public static async Task<ProgramResult> RunAsync(string program, IEnumerable<string> arguments,
        string? input = null)
    {
        using Process process = Start(program, arguments);
        Task<ProgramResult> finishing = FinishAsync(process);
        if (input is not null)
        {
            await process.StandardInput.WriteAsync(input);
        }

        process.StandardInput.Close();
        return await finishing;
    }

    public static Task<ProgramResult> BastionAsync(params string[] arguments) =>
        RunAsync("dotnet", [BastionDll, .. arguments]);

    /// <summary>Reads both streams to their ends and waits; kills what is still running at the deadline.</summary>
    public static async Task<ProgramResult> FinishAsync(Process process)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        var error = new StringBuilder();
        try
        {
            Task<string> output = process.StandardOutput.ReadToEndAsync(deadline.Token);
            error.Append(await process.StandardError.ReadToEndAsync(deadline.Token));
            string read = await output;
            await process.WaitForExitAsync(deadline.Token);
            return new ProgramResult(process.ExitCode, read, error.ToString());
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException(
                $"`{process.StartInfo.FileName} {string.Join(' ', process.StartInfo.ArgumentList)}` did not end in "
                    + $"time; stderr so far: {error}");
        }
    }

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Bastion.sln")))
            {
                return at.FullName;
            }
        }

        throw new InvalidOperationException("no Bastion.sln above the tests");
    }
}
