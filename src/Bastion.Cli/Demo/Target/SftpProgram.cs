namespace Bastion.Cli.Demo.Target;

/// <summary>
/// <see cref="SftpServer"/> as a program of its own, on standard input and output: on the target it runs as whoever
/// logged in, and reaches what they reach. Needs nothing of ours but this assembly.
/// </summary>
internal static class SftpProgram
{
    /// <summary>Not among the verbs that `--help` lists.</summary>
    public const string Verb = "sftp-server";

    private const int BufferSize = 64 * 1024;

    public static int Run()
    {
        using Stream input = Console.OpenStandardInput();
        using Stream output = Console.OpenStandardOutput();
        using var server = new SftpServer(Environment.GetEnvironmentVariable("HOME") ?? "/");
        byte[] buffer = new byte[BufferSize];
        try
        {
            int count;
            while ((count = input.Read(buffer)) > 0)
            {
                foreach (ReadOnlyMemory<byte> answer in server.Receive(buffer.AsMemory(0, count)))
                {
                    output.Write(answer.Span);
                }
            }

            return 0;
        }
        catch (Exception failure) when (failure is IOException or InvalidDataException)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }
}
