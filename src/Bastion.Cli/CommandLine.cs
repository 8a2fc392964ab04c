using System.CommandLine;
using System.CommandLine.Parsing;
using Bastion.Control;
using Bastion.Storage;

namespace Bastion.Cli;

/// <summary>A command cannot do what it was asked: one line that says what to mend, and the exit status.</summary>
internal sealed class CommandFailedException(string message, int exitCode = ExitCodes.Failed) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}

/// <summary>Runs one command line: errors are single lines on standard error, never a stack of calls.</summary>
internal static class CommandLine
{
    public static async Task<int> RunAsync(RootCommand root, string[] arguments)
    {
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (ParseError error in parsed.Errors)
            {
                await Console.Error.WriteLineAsync($"bastion: {Sentence(error.Message)}");
            }

            await Console.Error.WriteLineAsync($"bastion: see `bastion {Path(parsed.CommandResult)} --help`".Replace(
                "  ", " ", StringComparison.Ordinal));
            return ExitCodes.Usage;
        }

        try
        {
            return await parsed.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                // Sessions are told and the journal is closed; a gateway that needs longer is cut.
                ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
            });
        }
        catch (CommandFailedException failure)
        {
            await Console.Error.WriteLineAsync($"bastion: {failure.Message}");
            return failure.ExitCode;
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Failed;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException
            or StoreUnavailableException or DataDirectoryException)
        {
            await Console.Error.WriteLineAsync($"bastion: {Sentence(failure.Message)}");
            return DiskFault.IsIn(failure) ? ExitCodes.StorageFailed : ExitCodes.Failed;
        }
    }

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}".Trim() : "";

    private static string Sentence(string text) =>
        text.Length > 1 && char.IsUpper(text[0]) && char.IsLower(text[1])
            ? char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.')
            : text.TrimEnd('.');
}
