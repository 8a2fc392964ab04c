using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Bastion.Audit;

namespace Bastion.Followers.Shipping.Syslog;

/// <summary>
/// Syslog over TLS (RFC 5425). The protocol acknowledges nothing. What counts as delivered here is what the receiver's
/// machine has confirmed byte by byte (TCP). The receiver may not have read that yet, so after a connection broke as
/// much is sent again as can lie unread in its kernel. What it had read and then lost, nobody can know from here.
/// </summary>
internal sealed class SyslogDestination(SyslogOptions options, TimeProvider time) : IDestination
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>For a batch to be written and confirmed.</summary>
    private static readonly TimeSpan DeliveryTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan ConfirmationStep = TimeSpan.FromMilliseconds(5);

    /// <summary>In bytes: above the 6 MiB to which Linux lets a receive buffer grow (tcp_rmem), and what TLS
    /// adds.</summary>
    private const int UnreadAtMost = 8 * 1024 * 1024;

    /// <summary>What was sent longer ago was read, or the receiver hangs and does not take more.</summary>
    private static readonly TimeSpan UnreadFor = TimeSpan.FromHours(1);

    private readonly Queue<(ReadOnlyMemory<byte> Wire, long SentAt)> _sent = new();

    private readonly string _host = Environment.MachineName;
    private readonly X509ChainPolicy? _authorities = options.AuthorityFile is { } file
        ? OutboundHttp.PinnedTo(file)
        : null;

    private readonly X509Certificate2? _certificate = options.CertificateFile is { } certificate
        ? X509Certificate2.CreateFromPemFile(certificate, options.CertificateKeyFile)
        : null;

    private Socket? _socket;
    private SslStream? _stream;

    /// <summary>Ends when the receiver does. It never says anything, but TLS does, and an end behind unread bytes would
    /// not be seen.</summary>
    private Task _listening = Task.CompletedTask;

    private long _sentBytes;

    public ReadOnlyMemory<byte> Encode(JournalEntry entry, string id) =>
        SyslogMessage.Frame(entry, id, _host, options.MaximumMessage);

    public async Task<DeliveryReport> DeliverAsync(IReadOnlyList<OutgoingRecord> batch,
        CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(DeliveryTimeout);
        try
        {
            if (_stream is null || _listening.IsCompleted)
            {
                await CloseAsync();
                await ConnectAsync(deadline.Token);
                await WriteAsync(_sent.Where(sent => time.GetElapsedTime(sent.SentAt) < UnreadFor)
                    .Select(sent => sent.Wire), deadline.Token);
            }

            await WriteAsync(batch.Select(record => record.Wire), deadline.Token);
            await ConfirmAsync(deadline.Token);
            Keep(batch);
            return DeliveryReport.AllDelivered(batch.Count);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await CloseAsync();
            return DeliveryReport.RetryAll(batch.Count, $"{options.Place} does not take what is sent");
        }
        catch
        {
            await CloseAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is { } stream)
        {
            try
            {
                using var deadline = new CancellationTokenSource(ConnectTimeout, time);
                await stream.ShutdownAsync().WaitAsync(deadline.Token);
            }
            catch (Exception failure)
                when (failure is IOException or OperationCanceledException or InvalidOperationException)
            {
                // The other side went first.
            }
        }

        await CloseAsync();
        _certificate?.Dispose();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        _socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(ConnectTimeout);
        _stream = new SslStream(await Outbound.ConnectAsync(_socket, options.Host, options.Port, deadline.Token));
        await _stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = options.Host,
                CertificateChainPolicy = _authorities?.Clone(),
                ClientCertificates = _certificate is null ? null : [_certificate],
            },
            deadline.Token);
        _listening = ListenAsync(_stream);
    }

    private void Keep(IReadOnlyList<OutgoingRecord> batch)
    {
        foreach (OutgoingRecord record in batch)
        {
            _sent.Enqueue((record.Wire, time.GetTimestamp()));
            _sentBytes += record.Wire.Length;
        }

        while (_sentBytes - _sent.Peek().Wire.Length >= UnreadAtMost)
        {
            _sentBytes -= _sent.Dequeue().Wire.Length;
        }
    }

    private async Task WriteAsync(IEnumerable<ReadOnlyMemory<byte>> frames, CancellationToken cancellationToken)
    {
        foreach (ReadOnlyMemory<byte> frame in frames)
        {
            await _stream!.WriteAsync(frame, cancellationToken);
        }

        await _stream!.FlushAsync(cancellationToken);
    }

    /// <summary>Waits until the receiver's machine has confirmed every byte, and the connection still stands.</summary>
    private async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        while (HasUnconfirmed(_socket!))
        {
            await Task.Delay(ConfirmationStep, time, cancellationToken);
        }

        if (_listening.IsCompleted)
        {
            throw new IOException("the receiver closed the connection");
        }
    }

    private static bool HasUnconfirmed(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return false;
        }

        // struct tcp_info of linux/tcp.h: tcpi_unacked (segments) and tcpi_notsent_bytes.
        const int ProtocolTcp = 6;
        const int TcpInfo = 11;
        const int Unacknowledged = 24;
        const int NotSent = 144;
        Span<byte> info = stackalloc byte[NotSent + sizeof(uint)];
        int length = socket.GetRawSocketOption(ProtocolTcp, TcpInfo, info);
        return BinaryPrimitives.ReadUInt32LittleEndian(info[Unacknowledged..]) != 0
            || (length >= info.Length && BinaryPrimitives.ReadUInt32LittleEndian(info[NotSent..]) != 0);
    }

    private static async Task ListenAsync(SslStream stream)
    {
        byte[] ignored = new byte[1024];
        try
        {
            while (await stream.ReadAsync(ignored) > 0)
            {
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // However it ended, it ended.
        }
    }

    private async Task CloseAsync()
    {
        _stream?.Dispose();
        _socket?.Dispose();
        (_stream, _socket) = (null, null);
        await _listening;
    }
}
