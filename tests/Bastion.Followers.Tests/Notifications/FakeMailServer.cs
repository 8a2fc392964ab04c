using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Bastion.Followers.Tests.Notifications;

/// <summary>As much of RFC 5321 as a sender needs, on loopback. It keeps what it was given.</summary>
internal sealed class FakeMailServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _accepting;

    private readonly X509Certificate2? _certificate;
    private readonly bool _startTls;

    /// <param name="certificate">TLS; null speaks in the clear.</param>
    /// <param name="startTls">TLS after the word STARTTLS (RFC 3207) instead of from the first byte. Without a
    /// certificate it is not offered.</param>
    public FakeMailServer(X509Certificate2? certificate = null, bool startTls = false)
    {
        _certificate = certificate;
        _startTls = startTls;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public ConcurrentQueue<(string To, string Content)> Mails { get; } = new();

    /// <summary>Every line but those of the mails themselves.</summary>
    public ConcurrentQueue<string> Commands { get; } = new();

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
            try
            {
                Stream stream = client.GetStream();
                if (_certificate is not null && !_startTls)
                {
                    stream = await SecureAsync(stream);
                }

                await SayAsync(stream, "220 fake");
                if (_certificate is not null && _startTls)
                {
                    stream = await AwaitStartTlsAsync(stream);
                }

                await TakeMailsAsync(stream);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException
                or System.Security.Authentication.AuthenticationException)
            {
                // The sender or the test has ended; a sender that does not trust us does so in the middle of the
                // handshake or just after it.
            }
        }
    }

    private async Task TakeMailsAsync(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string? to = null;
        while (await reader.ReadLineAsync(_stop.Token) is { } line)
        {
            Commands.Enqueue(line);
            if (line.StartsWith("RCPT", StringComparison.OrdinalIgnoreCase))
            {
                to = line;
            }

            if (line.Equals("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await SayAsync(stream, "354 go on");
                Mails.Enqueue((to!, await ReadContentAsync(reader)));
            }

            await SayAsync(stream, line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase) ? "221 bye" : "250 ok");
        }
    }

    /// <summary>RFC 3207: nothing but EHLO and STARTTLS before the handshake. Read byte by byte, since what follows the
    /// line is not text.</summary>
    private async Task<Stream> AwaitStartTlsAsync(Stream plain)
    {
        while (true)
        {
            string line = await ReadLineAsync(plain);
            Commands.Enqueue(line);
            if (line.Equals("STARTTLS", StringComparison.OrdinalIgnoreCase))
            {
                await SayAsync(plain, "220 go on");
                return await SecureAsync(plain);
            }

            await SayAsync(plain, line.StartsWith("EHLO", StringComparison.OrdinalIgnoreCase)
                ? "250-fake\r\n250 STARTTLS"
                : "530 say STARTTLS first");
        }
    }

    private async Task<string> ReadLineAsync(Stream stream)
    {
        var line = new StringBuilder();
        byte[] one = new byte[1];
        while (await stream.ReadAsync(one, _stop.Token) == 1 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.Length > 0 ? line.ToString().TrimEnd('\r') : throw new EndOfStreamException();
    }

    private Task SayAsync(Stream stream, string line) =>
        stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\r\n"), _stop.Token).AsTask();

    private async Task<Stream> SecureAsync(Stream plain)
    {
        var secure = new SslStream(plain);
        await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
        {
            ServerCertificate = _certificate,
        }, _stop.Token);
        return secure;
    }

    private async Task<string> ReadContentAsync(StreamReader reader)
    {
        var content = new StringBuilder();
        while (await reader.ReadLineAsync(_stop.Token) is { } line && line != ".")
        {
            content.Append(line.StartsWith('.') ? line[1..] : line).Append("\r\n");
        }

        return content.ToString();
    }
}
