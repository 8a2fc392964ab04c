using System.ComponentModel;
using System.Diagnostics;

namespace Bastion.Followers.Reports;

/// <summary>No browser to print with, or it failed; the message says what to do.</summary>
public sealed class PdfUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Prints a page with the Chromium of the machine, in a directory of its own that goes away.</summary>
internal static class PdfPrinter
{
    private static readonly string[] Browsers =
        ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>A year's report prints in some seconds; a browser that hangs must not hold up the next
    /// report.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(90);

    public static bool IsAvailable => FindBrowser() is not null;

    public static async Task<byte[]> PrintAsync(byte[] page, CancellationToken cancellationToken)
    {
        string browser = FindBrowser()
            ?? throw new PdfUnavailableException(
            $"PDF is printed by Chromium, and none of {string.Join(", ", Browsers)} is in PATH; install chromium, "
                + "or leave `pdf` out");
        string directory = Directory.CreateTempSubdirectory("bastion-pdf-").FullName;
        try
        {
            string source = Path.Combine(directory, "report.html");
            string target = Path.Combine(directory, "report.pdf");
            await File.WriteAllBytesAsync(source, page, cancellationToken);
            await RunAsync(browser, directory, source, target, cancellationToken);
            return File.Exists(target)
                ? await File.ReadAllBytesAsync(target, cancellationToken)
                : throw new PdfUnavailableException(
                $"`{browser}` ended without a PDF; try it by hand: {browser} --headless --print-to-pdf=x.pdf "
                    + "report.html");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task RunAsync(string browser, string directory, string source, string target,
        CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(browser) { RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (string argument in (string[])["--headless", "--disable-gpu", "--disable-extensions", "--no-first-run",
            "--no-pdf-header-footer",
            $"--user-data-dir={Path.Combine(directory, "profile")}", $"--print-to-pdf={target}"])
        {
            start.ArgumentList.Add(argument);
        }

        if (Environment.IsPrivilegedProcess)
        {
            // Chromium refuses its own sandbox to root. The page is ours: no script, and text that is escaped.
            start.ArgumentList.Add("--no-sandbox");
        }

        start.ArgumentList.Add(new Uri(source).AbsoluteUri);
        using Process process = Process.Start(start)
            ?? throw new PdfUnavailableException($"`{browser}` does not start");
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            await Task.WhenAll(
                process.StandardError.ReadToEndAsync(deadline.Token),
                process.StandardOutput.ReadToEndAsync(deadline.Token),
                process.WaitForExitAsync(deadline.Token));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PdfUnavailableException($"`{browser}` did not print within {Deadline.TotalSeconds:0} s");
        }
        finally
        {
            Kill(process);
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception gone) when (gone is InvalidOperationException or Win32Exception)
        {
            // It has ended by itself, as it should.
        }
    }

    private static string? FindBrowser() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator,
        StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(_ => Browsers, Path.Combine).FirstOrDefault(File.Exists);
}
