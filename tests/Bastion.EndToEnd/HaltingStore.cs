using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Bastion.EndToEnd;

/// <summary>
/// A store whose answers come in two pieces, as a busy one's do: the headers, and a while later the rest. It says that
/// it locks, and takes nothing.
/// </summary>
internal sealed class HaltingStore : IAsyncDisposable
{
    /// <summary>Long enough that a client has begun to read.</summary>
    private static readonly TimeSpan Halt = TimeSpan.FromMilliseconds(100);

    private const string Locked =
        "<ObjectLockConfiguration "
        + "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>";

    private const string Full = "<Error><Code>InternalError</Code><Message>no room</Message></Error>";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    public HaltingStore()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Endpoint => $"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var talks = new List<Task>();
        try
        {
            while (true)
            {
                talks.Add(TalkAsync(await _listener.AcceptTcpClientAsync(_stop.Token)));
            }
        }
        catch (Exception) when (_stop.IsCancellationRequested)
        {
            await Task.WhenAll(talks);
        }
    }

    private async Task TalkAsync(TcpClient client)
    {
        using (client)
        {
            client.NoDelay = true;
            await using NetworkStream stream = client.GetStream();
            try
            {
                while (await ReadRequestAsync(stream) is { } method)
                {
                    (string status, string body) = method == "GET"
                        ? ("200 OK", Locked)
                        : ("500 Internal Server Error", Full);
                    await SayAsync(stream,
                        $"HTTP/1.1 {status}\r\nContent-Type: application/xml\r\nContent-Length: {body.Length}\r\n\r\n");
                    await Task.Delay(Halt, _stop.Token);
                    await SayAsync(stream, body);
                }
            }
            catch (Exception gone) when (gone is IOException or OperationCanceledException)
            {
                // The gateway or the test has ended.
            }
        }
    }

    /// <summary>The method, when headers and body have been read; null at the end.</summary>
    private async Task<string?> ReadRequestAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        byte[] one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0)
            {
                return null;
            }

            head.Append((char)one[0]);
        }

        string[] lines = head.ToString().Split("\r\n");
        string? length =
            lines.FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        if (length is not null)
        {
            await stream.ReadExactlyAsync(new byte[int.Parse(length.Split(':')[1], CultureInfo.InvariantCulture)],
                _stop.Token);
        }

        return lines[0].Split(' ')[0];
    }

    private Task SayAsync(NetworkStream stream, string text) =>
        stream.WriteAsync(Encoding.ASCII.GetBytes(text), _stop.Token).AsTask();
}
