using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.Versioning;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;

namespace Bastion.EndToEnd;

/// <summary>A real S3-compatible store that locks objects: Ceph's gateway, as a process of its own, in
/// memory.</summary>
[UnsupportedOSPlatform("windows")]
internal sealed class S3Server : IAsyncDisposable
{
    public const string Bucket = "evidence";

    private const string AccessKey = "BASTIONTESTKEY";
    private const string SecretKey = "bastion-test-secret";

    private readonly Process _process;
    private readonly Task<string> _errors;

    private S3Server(Process process, Task<string> errors, int port)
    {
        _process = process;
        _errors = errors;
        Port = port;
        Client = new AmazonS3Client(
            new BasicAWSCredentials(AccessKey, SecretKey),
            new AmazonS3Config
            {
                ServiceURL = Endpoint,
                ForcePathStyle = true,
                AuthenticationRegion = "us-east-1",
                RequestChecksumCalculation = RequestChecksumCalculation.WHEN_REQUIRED,
            });
    }

    public int Port { get; }

    public string Endpoint => $"http://127.0.0.1:{Port}";

    public AmazonS3Client Client { get; }

    /// <summary>Starts it, with a bucket that was made with object lock.</summary>
    public static async Task<S3Server> StartAsync()
    {
        int port = FreePort();
        Process process = Programs.Start(
            Path.Combine(Programs.Root, "tests", "Bastion.EndToEnd", "Scripts", "s3-server"),
            [$"{port}", $"{FreePort()}", AccessKey, SecretKey]);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        using var deadline = new CancellationTokenSource(Programs.Deadline * 2);
        string? line = await process.StandardOutput.ReadLineAsync(deadline.Token);
        Assert.True(line == "ready", line is null ? await errors : line);
        var server = new S3Server(process, errors, port);
        await server.Client.PutBucketAsync(new PutBucketRequest
        {
            BucketName = Bucket,
            ObjectLockEnabledForBucket = true,
        }, deadline.Token);
        return server;
    }

    /// <summary>The file that `credentials-file` names.</summary>
    public static string WriteCredentials(string directory)
    {
        string path = Path.Combine(directory, "s3.key");
        File.WriteAllText(path, $"{AccessKey}\n{SecretKey}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        _process.StandardInput.Close();
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        await _process.WaitForExitAsync(deadline.Token);
        await _errors;
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
