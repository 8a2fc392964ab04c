using System.Diagnostics;

namespace Bastion.Analysis.Tests.Shell;

/// <summary>The installed shells, asked for their opinion. Bash is everywhere the tests run; dash is asked where it
/// is.</summary>
internal static class RealShell
{
    public static bool Has(string shell) => File.Exists($"/bin/{shell}") || File.Exists($"/usr/bin/{shell}");

    public static void AssertAccepts(string shell, string text, bool expected)
    {
        (int code, string? error) = Run(shell, ["-n"], text);
        Assert.True((code == 0) == expected, $"{shell} -n says {code}: {error}");
    }

    public static (int Code, string Error) Run(string shell, string[] arguments, string input)
    {
        var start = new ProcessStartInfo(shell)
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, error);
    }
}
