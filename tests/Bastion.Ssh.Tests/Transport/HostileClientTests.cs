using System.Security.Cryptography;
using System.Text;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>Attacks and nonsense against the server role: each ends that connection, with the right reason, at
/// once.</summary>
public sealed class HostileClientTests
{
    private readonly PipePair _pipes = new();
    private readonly RawClient _client;

    public HostileClientTests() => _client = new RawClient(_pipes.Client);

    public static TheoryData<string, byte[]> Injections => new()
    {
        { "ignore", [(byte)MessageNumber.Ignore, 0, 0, 0, 0] },
        { "debug", [(byte)MessageNumber.Debug, 0, 0, 0, 0, 0, 0, 0, 0, 0] },
        { "unimplemented", [(byte)MessageNumber.Unimplemented, 0, 0, 0, 0] },
        { "an unknown number", [15] },
        { "ext-info", [(byte)MessageNumber.ExtInfo, 0, 0, 0, 0] },
        { "ping", [(byte)MessageNumber.Ping, 0, 0, 0, 0] },
        { "a service request", [(byte)MessageNumber.ServiceRequest] },
        { "a second SSH_MSG_KEXINIT", [(byte)MessageNumber.KexInit] },
        { "SSH_MSG_NEWKEYS without keys", [(byte)MessageNumber.NewKeys] },
        { "the server's own message", [(byte)MessageNumber.KexEcdhReply, 0, 0, 0, 0] },
        { "another method's message", [34, 0, 0, 0, 0] },
        { "a channel open", [(byte)MessageNumber.ChannelOpen] },
    };

    [Theory]
    [MemberData(nameof(Injections))]
    public async Task Strict_key_exchange_ends_at_anything_but_the_next_message(string what, byte[] payload)
    {
        Task<ITransport> serving = ServeAsync();
        await _client.StartAsync();
        await _client.SendAsync(payload);

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.True(end.Reason == DisconnectReason.ProtocolError, $"{what}: {end.Message}");
        Assert.Equal(Blame.Peer, end.Blame);
        Assert.Equal(DisconnectReason.ProtocolError, await _client.ReceiveDisconnectAsync());
    }

    [Fact]
    public async Task Strict_key_exchange_finds_a_message_injected_before_SSH_MSG_KEXINIT()
    {
        Task<ITransport> serving = ServeAsync();
        await _client.IdentifyAsync();
        await _client.SendAsync((byte)MessageNumber.Ignore, 0, 0, 0, 0);
        await _client.SendKexInitAsync();

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
        Assert.Contains("strict", end.Message);
    }

    [Fact]
    public async Task Strict_key_exchange_starts_the_sequence_numbers_anew()
    {
        Task<ITransport> serving = ServeAsync();
        await _client.StartAsync();
        await _client.FinishKeyExchangeAsync();
        await using ITransport server = await serving;

        Assert.Equal(0u, _client.Encoder.Sequence);
        await _client.SendAsync(MessageNumber.ServiceRequest);
        Assert.Equal((byte)MessageNumber.ServiceRequest, (await server.ReceiveAsync(default)).Span[0]);
    }

    [Fact]
    public async Task Without_strict_key_exchange_ignore_is_passed_over_and_the_numbers_go_on()
    {
        var client = new RawClient(_pipes.Client)
        {
            Markers = [],
            Algorithms = TransportFixture.Algorithms with { Cipher = ["aes128-ctr"] },
        };
        Task<ITransport> serving = ServeAsync(client.Algorithms);
        await client.IdentifyAsync();
        await client.SendAsync((byte)MessageNumber.Ignore, 0, 0, 0, 0);
        await client.SendKexInitAsync();
        await client.ReceiveStartAsync();
        await client.SendAsync((byte)MessageNumber.Debug, 0, 0, 0, 0, 0, 0, 0, 0, 0);
        await client.FinishKeyExchangeAsync();
        await using ITransport server = await serving;

        Assert.Equal(5u, client.Encoder.Sequence);
        await client.SendAsync(MessageNumber.ServiceRequest);
        Assert.Equal((byte)MessageNumber.ServiceRequest, (await server.ReceiveAsync(default)).Span[0]);
    }

    [Fact]
    public async Task Chacha20_without_strict_key_exchange_is_refused_once_the_host_key_was_shown()
    {
        var client = new RawClient(_pipes.Client)
        {
            Markers = [],
            Algorithms = TransportFixture.Algorithms with { Cipher = ["chacha20-poly1305@openssh.com"] },
        };
        Task<ITransport> serving = ServeAsync(client.Algorithms);
        await client.StartAsync();
        // What ssh-keyscan does: it is not strict, takes the host key and leaves.
        await client.FinishKeyExchangeAsync();

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, end.Reason);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, await client.ReceiveDisconnectAsync());
    }

    [Fact]
    public async Task Nothing_in_common_is_named_in_the_reason()
    {
        var client = new RawClient(_pipes.Client)
        {
            Algorithms = TransportFixture.Algorithms with { Cipher = ["3des-cbc\n", "arcfour"] },
        };
        Task<ITransport> serving = ServeAsync();
        await client.StartAsync();

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, end.Reason);
        Assert.Equal("no cipher in common; the peer offers `3des-cbc\\n,arcfour`", end.Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    [InlineData(32)] // 32 zero bytes: a point of small order
    public async Task An_invalid_share_fails_the_key_exchange(int length)
    {
        Task<ITransport> serving = ServeAsync();
        await _client.StartAsync();
        await _client.SendAsync(RawClient.ShareMessage(new byte[length]));

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, end.Reason);
    }

    [Theory]
    [InlineData("ecdh-sha2-nistp256", 65)]
    [InlineData("ecdh-sha2-nistp521", 133)]
    [InlineData("diffie-hellman-group14-sha256", 1)]
    [InlineData("diffie-hellman-group16-sha512", 513)]
    [InlineData("mlkem768x25519-sha256", 1216)]
    [InlineData("sntrup761x25519-sha512", 1190)]
    public async Task A_share_of_noise_or_of_ones_never_crashes_the_key_exchange(string method, int length)
    {
        foreach (byte[] share in new[] { RandomNumberGenerator.GetBytes(length), new byte[length], Filled(length, 1),
            Filled(length, 0xFF) })
        {
            var pipes = new PipePair();
            SshAlgorithms algorithms = TransportFixture.Algorithms with { KeyExchange = [method] };
            var client = new RawClient(pipes.Client) { Algorithms = algorithms };
            Task<ITransport> serving = SshTransport.StartServerAsync(
                pipes.Server, TransportFixture.ServerOptions with { Algorithms = algorithms }, default);
            await client.StartAsync();
            await client.SendAsync(RawClient.ShareMessage(share));
            await pipes.Client.Output.CompleteAsync();

            // Noise may be a valid hybrid share; then the connection ends with the stream instead.
            SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
            Assert.True(end.Reason is DisconnectReason.KeyExchangeFailed or DisconnectReason.ConnectionLost,
                end.ToString());
        }
    }

    [Fact]
    public async Task A_wrong_guess_is_passed_over()
    {
        var client = new RawClient(_pipes.Client)
        {
            GuessFollows = true,
            Algorithms = TransportFixture.Algorithms with { KeyExchange = ["ecdh-sha2-nistp256", "curve25519-sha256"] },
        };
        Task<ITransport> serving = ServeAsync();
        await client.IdentifyAsync();
        await client.SendKexInitAsync();
        await client.SendAsync(RawClient.ShareMessage(new byte[65]));
        await client.ReceiveStartAsync();
        await client.SendAsync(RawClient.ShareMessage(new byte[31]));

        // It is the second share that is looked at: of the right method, and too short.
        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, end.Reason);
        Assert.Equal(3u, client.Encoder.Sequence);
    }

    [Fact]
    public async Task A_name_list_of_megabytes_is_refused_by_its_length_alone()
    {
        Task<ITransport> serving = ServeAsync();
        await _client.IdentifyAsync();
        // 3 MB announced, eight bytes sent.
        await _client.WriteAsync([0, 0x2D, 0xC6, 0xC4, 4, 20, 0, 0]);

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
        Assert.Contains("over the limit", end.Message);
    }

    [Fact]
    public async Task A_name_list_of_seventeen_thousand_names_costs_nothing_much()
    {
        var client = new RawClient(_pipes.Client)
        {
            Algorithms = TransportFixture.Algorithms with
            {
                KeyExchange = [.. Enumerable.Repeat("x", 17_000), "curve25519-sha256"],
            },
        };
        Task<ITransport> serving = ServeAsync();
        await client.StartAsync();
        await client.SendAsync(RawClient.ShareMessage(new byte[31]));

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.KeyExchangeFailed, end.Reason);
    }

    [Fact]
    public async Task Random_bytes_end_the_connection()
    {
        for (int i = 0; i < 50; i++)
        {
            var pipes = new PipePair();
            Task<ITransport> serving =
                SshTransport.StartServerAsync(pipes.Server, TransportFixture.ServerOptions, default);
            var client = new RawClient(pipes.Client);
            await client.IdentifyAsync();
            await client.WriteAsync(RandomNumberGenerator.GetBytes(5000));
            await pipes.Client.Output.CompleteAsync();

            SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
            Assert.True(end.Reason is DisconnectReason.ProtocolError or DisconnectReason.ConnectionLost,
                end.ToString());
        }
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_gone_when_the_login_grace_is_over()
    {
        using var grace = new CancellationTokenSource();
        Task<ITransport> serving =
            SshTransport.StartServerAsync(_pipes.Server, TransportFixture.ServerOptions, grace.Token);
        await _client.WriteAsync(Encoding.ASCII.GetBytes("SSH-2.0-slow"));
        await grace.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        Assert.True((await _pipes.ToServer.Writer.FlushAsync()).IsCompleted);
    }

    [Fact]
    public async Task A_client_that_stops_in_the_key_exchange_is_told_when_the_login_grace_is_over()
    {
        using var grace = new CancellationTokenSource();
        Task<ITransport> serving =
            SshTransport.StartServerAsync(_pipes.Server, TransportFixture.ServerOptions, grace.Token);
        await _client.StartAsync();
        await grace.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => serving);
        Assert.Equal(DisconnectReason.ByApplication, await _client.ReceiveDisconnectAsync());
    }

    [Theory]
    [InlineData("SSH-1.5-old\r\n")]
    [InlineData("SSH-1.99-old\r\n")]
    [InlineData("SSH-3.0-new\r\n")]
    [InlineData("GET / HTTP/1.1\r\n")]
    [InlineData("\r\n")]
    public async Task A_client_of_another_protocol_is_refused_by_name(string line)
    {
        Task<ITransport> serving = ServeAsync();
        await _client.WriteAsync(Encoding.ASCII.GetBytes(line));

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.ProtocolVersionNotSupported, end.Reason);
    }

    [Fact]
    public async Task An_identification_without_an_end_is_refused_at_255_bytes()
    {
        Task<ITransport> serving = ServeAsync();
        await _client.WriteAsync(Encoding.ASCII.GetBytes("SSH-2.0-" + new string('x', 247)));

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.ProtocolVersionNotSupported, end.Reason);
    }

    [Fact]
    public async Task An_end_of_the_stream_in_the_key_exchange_is_a_lost_connection()
    {
        Task<ITransport> serving = ServeAsync();
        await _client.StartAsync();
        await _pipes.Client.Output.CompleteAsync();

        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(() => serving);
        Assert.Equal(DisconnectReason.ConnectionLost, end.Reason);
    }

    private static byte[] Filled(int length, byte value)
    {
        byte[] bytes = new byte[length];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private Task<ITransport> ServeAsync(SshAlgorithms? algorithms = null) => SshTransport.StartServerAsync(
        _pipes.Server, TransportFixture.ServerOptions with { Algorithms = algorithms ?? TransportFixture.Algorithms },
        default);
}
