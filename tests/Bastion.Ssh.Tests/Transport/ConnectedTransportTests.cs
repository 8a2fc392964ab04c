using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>After the first key exchange: what the layers above rely on, and what a peer may try.</summary>
public sealed class ConnectedTransportTests
{
    private const byte ChannelData = 94;

    [Fact]
    public async Task Both_sides_know_each_others_extensions()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.EnterConnectionPhaseAsync();

        string algorithms = Encoding.ASCII.GetString(pair.Client.PeerExtensions["server-sig-algs"]);
        Assert.Contains("ssh-ed25519", algorithms.Split(','));
        Assert.Contains("rsa-sha2-512", algorithms.Split(','));
        Assert.DoesNotContain("ssh-rsa", algorithms.Split(','));
        Assert.Equal("0"u8.ToArray(), pair.Client.PeerExtensions["publickey-hostbound@openssh.com"]);
        Assert.Equal("0"u8.ToArray(), pair.Client.PeerExtensions["ping@openssh.com"]);
        Assert.Contains("ext-info-in-auth@openssh.com", pair.Server.PeerExtensions.Keys);
        Assert.True(pair.Client.HostKeyBlob.Span.SequenceEqual(TransportFixture.HostKey.PublicKey.Blob.Span));
    }

    [Fact]
    public async Task A_host_key_that_is_not_trusted_ends_both_sides_with_that_reason()
    {
        var pipes = new PipePair();
        Task<ITransport> serving = SshTransport.StartServerAsync(pipes.Server, TransportFixture.ServerOptions, default);
        SshClientOptions options = TransportFixture.ClientOptions with
        {
            VerifyHostKey = (_, _) => ValueTask.FromResult(false),
        };

        SshDisconnectException client = await Assert.ThrowsAsync<SshDisconnectException>(
            () => SshTransport.StartClientAsync(pipes.Client, options, default));
        SshDisconnectException server = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, client.Reason);
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, server.Reason);
        Assert.Contains(TransportFixture.HostKey.PublicKey.Fingerprint, client.Message);
    }

    [Fact]
    public async Task A_host_key_signature_by_another_key_is_refused()
    {
        using var other = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        var pipes = new PipePair();
        Task<ITransport> serving = SshTransport.StartServerAsync(
            pipes.Server,
            TransportFixture.ServerOptions with
            {
                HostKeys = [new Impostor(TransportFixture.HostKey.PublicKey, other)],
            },
            default);

        SshDisconnectException client = await Assert.ThrowsAsync<SshDisconnectException>(
            () => SshTransport.StartClientAsync(pipes.Client, TransportFixture.ClientOptions, default));
        Assert.Equal(DisconnectReason.KeyExchangeFailed, client.Reason);
        await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
    }

    [Fact]
    public async Task The_clients_order_decides_among_host_keys()
    {
        using var rsa = SshPrivateKey.Generate(SshKeyKind.Rsa3072);
        SshAlgorithms client = TransportFixture.Algorithms with { HostKey = ["rsa-sha2-256", "ssh-ed25519"] };
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.ServerOptions with { HostKeys = [TransportFixture.HostKey, rsa] },
            TransportFixture.ClientOptions with
            {
                Algorithms = client,
                VerifyHostKey = (_, _) => ValueTask.FromResult(true),
            });

        Assert.True(pair.Server.HostKeyBlob.Span.SequenceEqual(rsa.PublicKey.Blob.Span));
    }

    [Fact]
    public async Task A_client_passes_over_lines_before_the_servers_identification()
    {
        var pipes = new PipePair();
        await pipes.Server.Output.WriteAsync("Welcome.\r\nAuthorised use only.\n"u8.ToArray());

        await using TransportFixture pair = await TransportFixture.StartAsync(pipes: pipes);
        Assert.Equal(IdentificationExchange.Own, pair.Client.PeerIdentification);
    }

    [Fact]
    public async Task A_server_that_sends_line_after_line_is_given_up()
    {
        var pipes = new PipePair();
        await pipes.Server.Output.WriteAsync(
            Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat("hello\r\n", 100))));

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(
            () => SshTransport.StartClientAsync(pipes.Client, TransportFixture.ClientOptions, default));
        Assert.Equal(DisconnectReason.ProtocolVersionNotSupported, end.Reason);
    }

    [Fact]
    public async Task A_ping_is_answered_with_its_data()
    {
        (RawClient client, ITransport server) = await ConnectRawAsync();
        await using (server)
        {
            server.Phase = SshPhase.Connection;
            Task<ReadOnlyMemory<byte>> receiving = server.ReceiveAsync(default).AsTask();
            await client.SendAsync((byte)MessageNumber.Ping, 0, 0, 0, 2, 7, 8);

            Assert.Equal([(byte)MessageNumber.Pong, 0, 0, 0, 2, 7, 8], await client.ReceiveAsync());
            Assert.False(receiving.IsCompleted);
            await client.SendAsync(ChannelData, 1);
            Assert.Equal([ChannelData, 1], (await receiving).ToArray());
        }
    }

    [Fact]
    public async Task An_unknown_message_is_answered_with_its_sequence_number()
    {
        (RawClient client, ITransport server) = await ConnectRawAsync();
        await using (server)
        {
            server.Phase = SshPhase.Connection;
            Task<ReadOnlyMemory<byte>> receiving = server.ReceiveAsync(default).AsTask();
            await client.SendAsync(ChannelData, 1);
            await receiving;
            receiving = server.ReceiveAsync(default).AsTask();
            await client.SendAsync(200, 1, 2, 3);

            Assert.Equal([(byte)MessageNumber.Unimplemented, 0, 0, 0, 1], await client.ReceiveAsync());
        }
    }

    [Theory]
    [InlineData((byte)MessageNumber.Ping)]
    [InlineData((byte)MessageNumber.Ignore)]
    [InlineData((byte)MessageNumber.Debug)]
    [InlineData((byte)9)]
    public async Task Idle_messages_before_authentication_are_counted(byte message)
    {
        (RawClient client, ITransport server) = await ConnectRawAsync();
        await using (server)
        {
            Task<ReadOnlyMemory<byte>> receiving = server.ReceiveAsync(default).AsTask();
            for (int i = 0; i < 200; i++)
            {
                await client.SendAsync(message, 0, 0, 0, 0);
            }

            SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => receiving);
            Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
            Assert.Equal(DisconnectReason.ProtocolError, await client.ReceiveDisconnectAsync());
        }
    }

    [Fact]
    public async Task A_peer_that_pings_and_does_not_read_is_given_up_with_bounded_memory()
    {
        (RawClient client, ITransport server) = await ConnectRawAsync(new PipePair(threshold: 8 * 1024));
        await using (server)
        {
            server.Phase = SshPhase.Connection;
            Task<ReadOnlyMemory<byte>> receiving = server.ReceiveAsync(default).AsTask();
            byte[] ping = new byte[8005];
            ping[0] = (byte)MessageNumber.Ping;
            ping[3] = 8000 >> 8;
            ping[4] = 8000 & 0xFF;
            for (int i = 0; i < 2000 && !receiving.IsCompleted; i++)
            {
                // Once the server has given up nobody empties the pipe.
                await Task.WhenAny(client.SendAsync(ping), receiving);
            }

            SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => receiving);
            Assert.Contains("more answers than it reads", end.Message);
        }
    }

    [Theory]
    [InlineData((byte)MessageNumber.ChannelOpen)]
    [InlineData((byte)MessageNumber.GlobalRequest)]
    [InlineData((byte)MessageNumber.ChannelRequest)]
    [InlineData((byte)MessageNumber.UserAuthSuccess)]
    [InlineData((byte)MessageNumber.ServiceAccept)]
    public async Task A_message_out_of_its_phase_ends_the_connection(byte message)
    {
        (RawClient client, ITransport server) = await ConnectRawAsync();
        await using (server)
        {
            Task<ReadOnlyMemory<byte>> receiving = server.ReceiveAsync(default).AsTask();
            await client.SendAsync(message, 0, 0, 0, 0);

            SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => receiving);
            Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
            Assert.Equal(DisconnectReason.ProtocolError, await client.ReceiveDisconnectAsync());
        }
    }

    [Fact]
    public async Task A_peers_own_reason_reaches_the_caller_cleaned()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        Task<ReadOnlyMemory<byte>> receiving = pair.Server.ReceiveAsync(default).AsTask();
        await pair.Client.DisconnectAsync(DisconnectReason.TooManyConnections, "enough\u001b[31m");

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => receiving);
        Assert.Equal(DisconnectReason.TooManyConnections, end.Reason);
        Assert.Equal(Blame.Peer, end.Blame);
        Assert.Equal("enough\\e[31m", end.Message);
    }

    [Fact]
    public async Task The_first_reason_is_kept_and_everyone_sees_it()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        Task<ReadOnlyMemory<byte>> receiving = pair.Client.ReceiveAsync(default).AsTask();
        await pair.Client.DisconnectAsync(DisconnectReason.ByApplication, "first");
        await pair.Client.DisconnectAsync(DisconnectReason.ProtocolError, "second");

        SshDisconnectException received = await Assert.ThrowsAsync<SshDisconnectException>(() => receiving);
        SshDisconnectException sent = await Assert.ThrowsAsync<SshDisconnectException>(
            () => pair.Client.SendAsync(new byte[] { ChannelData }, default, default).AsTask());
        Assert.Equal(("first", Blame.Self), (received.Message, received.Blame));
        Assert.Equal("first", sent.Message);
    }

    [Fact]
    public async Task A_peer_that_does_not_read_cannot_hold_up_a_disconnect()
    {
        var time = new ManualTime();
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.ServerOptions with { TimeProvider = time }, pipes: new PipePair(threshold: 4096));
        await pair.EnterConnectionPhaseAsync();
        Task sending = pair.Server.SendAsync(new byte[30_000], default, default).AsTask();
        Assert.False(sending.IsCompleted);
        Task ending = pair.Server.DisconnectAsync(DisconnectReason.ByApplication, "over").AsTask();
        while (!ending.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await ending;
        await Assert.ThrowsAsync<SshDisconnectException>(() => sending);
    }

    [Fact]
    public async Task A_stopped_peer_stops_the_sender_and_a_cancelled_send_harms_nobody()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync(pipes: new PipePair(threshold: 4096));
        await pair.EnterConnectionPhaseAsync();
        using var cancel = new CancellationTokenSource();
        Task first = pair.Client.SendAsync(Numbered(1, 5000), default, cancel.Token).AsTask();
        Task second = pair.Client.SendAsync(Numbered(2, 10), default, default).AsTask();
        Assert.False(first.IsCompleted);
        Assert.False(second.IsCompleted);
        await cancel.CancelAsync();
        await first;

        Assert.Equal(Numbered(1, 5000), (await pair.Server.ReceiveAsync(default)).ToArray());
        Assert.Equal(Numbered(2, 10), (await pair.Server.ReceiveAsync(default)).ToArray());
        await second;
    }

    [Fact]
    public async Task The_end_of_the_stream_between_packets_is_an_empty_payload()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.Pipes.ToServer.Writer.CompleteAsync();

        Assert.True((await pair.Server.ReceiveAsync(default)).IsEmpty);
    }

    [Fact]
    public async Task The_end_of_the_stream_within_a_packet_is_a_lost_connection()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.Pipes.ToServer.Writer.WriteAsync(new byte[] { 0, 0, 0, 32, 1 });
        await pair.Pipes.ToServer.Writer.CompleteAsync();

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(
            () => pair.Server.ReceiveAsync(default).AsTask());
        Assert.Equal(DisconnectReason.ConnectionLost, end.Reason);
    }

    [Fact]
    public async Task A_receive_can_be_cancelled_and_taken_up_again()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.EnterConnectionPhaseAsync();
        using var cancel = new CancellationTokenSource();
        Task<ReadOnlyMemory<byte>> receiving = pair.Server.ReceiveAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => receiving);

        await pair.Client.SendAsync(new byte[] { ChannelData, 5 }, default, default);
        Assert.Equal([ChannelData, 5], (await pair.Server.ReceiveAsync(default)).ToArray());
    }

    [Fact]
    public async Task Sending_and_receiving_allocate_nothing_per_packet()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.Algorithms, new PipePair(threshold: 1024 * 1024));
        await pair.EnterConnectionPhaseAsync();
        byte[] header = [ChannelData, 0, 0, 0, 0, 0, 0, 0x80, 0];
        byte[] body = new byte[32 * 1024];
        for (int i = 0; i < 100; i++)
        {
            RoundTrip();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 200; i++)
        {
            RoundTrip();
        }

        // The pipes' own pool may have to make a segment; the transport makes nothing.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2048);

        void RoundTrip()
        {
            ValueTask sending = pair.Client.SendAsync(header, body, default);
            ValueTask<ReadOnlyMemory<byte>> receiving = pair.Server.ReceiveAsync(default);
            if (!sending.IsCompletedSuccessfully || !receiving.IsCompletedSuccessfully
                || receiving.Result.Length != header.Length + body.Length)
            {
                throw new InvalidOperationException("the packet did not come through at once");
            }
        }
    }

    private static byte[] Numbered(byte number, int length)
    {
        byte[] payload = new byte[length];
        payload.AsSpan().Fill(number);
        payload[0] = ChannelData;
        return payload;
    }

    private static async Task<(RawClient Client, ITransport Server)> ConnectRawAsync(PipePair? pipes = null)
    {
        pipes ??= new PipePair();
        var client = new RawClient(pipes.Client);
        Task<ITransport> serving = SshTransport.StartServerAsync(pipes.Server, TransportFixture.ServerOptions, default);
        await client.StartAsync();
        await client.FinishKeyExchangeAsync();
        return (client, await serving);
    }

    /// <summary>Shows one key and signs with another.</summary>
    private sealed class Impostor(SshPublicKey shown, ISshSigner signer) : ISshSigner
    {
        public SshPublicKey PublicKey => shown;

        public ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data,
            CancellationToken cancellationToken) =>
            signer.SignAsync(algorithm, data, cancellationToken);
    }
}
