using System.Buffers.Binary;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;

namespace Bastion.Ssh.Tests.Transport;

public sealed class RekeyTests
{
    private const byte ChannelData = 94;

    public static TheoryData<string> Ciphers => [.. SshAlgorithms.ForClient.Cipher];

    [Theory]
    [MemberData(nameof(Ciphers))]
    public async Task Keys_change_again_and_again_under_full_speed_data_both_ways(string cipher)
    {
        // Pipes so small that both outputs are full most of the time.
        await using TransportFixture pair = await TransportFixture.StartAsync(
            WithLimits(TransportFixture.ServerOptions, cipher, rekeyBytes: 90_000),
            WithLimits(TransportFixture.ClientOptions, cipher, rekeyBytes: 70_000),
            new PipePair(threshold: 16 * 1024));
        await pair.EnterConnectionPhaseAsync();
        int exchanges = CountExchanges(pair.Client);

        await RunBothWaysAsync(pair, packets: 400, size: 4000);

        Assert.True(CountExchanges(pair.Client) - exchanges >= 10, "the limits asked for some twenty exchanges");
    }

    [Fact]
    public async Task Both_sides_starting_at_once_is_one_exchange()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.EnterConnectionPhaseAsync();
        int before = CountExchanges(pair.Client);
        pair.Client.StartKeyExchange();
        pair.Server.StartKeyExchange();

        await RunBothWaysAsync(pair, packets: 20, size: 100);
        await RunBothWaysAsync(pair, packets: 1, size: 100);

        Assert.Equal(before + 1, CountExchanges(pair.Client));
        Assert.Equal(CountExchanges(pair.Client), CountExchanges(pair.Server));
    }

    [Fact]
    public async Task Keys_change_in_the_middle_of_data_whoever_starts_and_whenever()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync(pipes: new PipePair(threshold: 8 * 1024));
        await pair.EnterConnectionPhaseAsync();
        using var stop = new CancellationTokenSource();
        var starting = Task.Run(async () =>
        {
            for (int i = 0; !stop.IsCancellationRequested; i++)
            {
                (i % 2 == 0 ? pair.Client : pair.Server).StartKeyExchange();
                await Task.Yield();
            }
        });

        // On a busy machine the data may be through before the sixth exchange: then more of it is sent.
        for (int round = 0; round == 0 || (CountExchanges(pair.Client) <= 5 && round < 50); round++)
        {
            await RunBothWaysAsync(pair, packets: 500, size: 1000);
        }

        await stop.CancelAsync();
        await starting;

        Assert.True(CountExchanges(pair.Client) > 5);
    }

    [Fact]
    public async Task Keys_change_after_so_many_packets()
    {
        SshLimits limits = SshLimits.Default with { RekeyPackets = 50 };
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.ServerOptions with { Limits = limits }, pipes: new PipePair(threshold: 4096));
        await pair.EnterConnectionPhaseAsync();

        await RunBothWaysAsync(pair, packets: 500, size: 200);

        Assert.True(CountExchanges(pair.Server) > 5);
    }

    [Fact]
    public async Task Keys_change_after_the_interval_at_the_next_packet()
    {
        var time = new ManualTime();
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.ServerOptions with { TimeProvider = time });
        await pair.EnterConnectionPhaseAsync();
        int before = CountExchanges(pair.Server);

        await RunBothWaysAsync(pair, packets: 3, size: 10);
        Assert.Equal(before, CountExchanges(pair.Server));
        time.Advance(TimeSpan.FromMinutes(61));
        await RunBothWaysAsync(pair, packets: 3, size: 10);
        await RunBothWaysAsync(pair, packets: 3, size: 10);
        Assert.Equal(before + 1, CountExchanges(pair.Server));
    }

    [Fact]
    public async Task What_is_posted_during_an_exchange_leaves_after_it_and_before_later_sends()
    {
        await using TransportFixture pair = await TransportFixture.StartAsync();
        await pair.EnterConnectionPhaseAsync();
        using var deadline = new CancellationTokenSource(TransportFixture.Deadline);
        pair.Client.StartKeyExchange();
        pair.Client.Post([ChannelData, 1]);
        pair.Client.Post([ChannelData, 2]);
        Task sending = pair.Client.SendAsync(new byte[] { ChannelData, 3 }, default, deadline.Token).AsTask();
        Assert.False(sending.IsCompleted);

        Task<ReadOnlyMemory<byte>> clientReads = pair.Client.ReceiveAsync(deadline.Token).AsTask();
        for (byte expected = 1; expected <= 3; expected++)
        {
            Assert.Equal([ChannelData, expected], (await pair.Server.ReceiveAsync(deadline.Token)).ToArray());
        }

        await sending;
        await pair.Server.SendAsync(new byte[] { ChannelData, 9 }, default, deadline.Token);
        Assert.Equal([ChannelData, 9], (await clientReads).ToArray());
    }

    [Fact]
    public async Task A_host_key_that_changes_within_the_connection_ends_it()
    {
        using var other = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        var keys = new List<ISshSigner> { TransportFixture.HostKey };
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.ServerOptions with { HostKeys = keys });
        await pair.EnterConnectionPhaseAsync();
        keys[0] = other;
        pair.Client.StartKeyExchange();

        Task serving = Assert.ThrowsAsync<SshDisconnectException>(() => pair.Server.ReceiveAsync(default).AsTask());
        SshDisconnectException end = await Assert.ThrowsAsync<SshDisconnectException>(
            () => pair.Client.ReceiveAsync(default).AsTask());
        Assert.Equal(DisconnectReason.HostKeyNotVerifiable, end.Reason);
        await serving;
    }

    private static SshServerOptions WithLimits(SshServerOptions options, string cipher, long rekeyBytes) => options with
    {
        Algorithms = TransportFixture.Algorithms with { Cipher = [cipher] },
        Limits = SshLimits.Default with { RekeyBytes = rekeyBytes },
    };

    private static SshClientOptions WithLimits(SshClientOptions options, string cipher, long rekeyBytes) => options with
    {
        Algorithms = TransportFixture.Algorithms with { Cipher = [cipher] },
        Limits = SshLimits.Default with { RekeyBytes = rekeyBytes },
    };

    private static int CountExchanges(SshTransport transport) => transport.KeyExchanges;

    /// <summary>Numbered packets in both directions at once; each receiver checks that all come, whole and in
    /// order.</summary>
    private static async Task RunBothWaysAsync(TransportFixture pair, int packets, int size)
    {
        using var deadline = new CancellationTokenSource(TransportFixture.Deadline);
        using var all = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token);
        int left = 2;
        var receiving = Task.WhenAll(
            ReceiveNumberedAsync(pair.Client, packets, size, Arrived, all.Token),
            ReceiveNumberedAsync(pair.Server, packets, size, Arrived, all.Token));
        await Task.WhenAll(
            SendNumberedAsync(pair.Client, packets, size, deadline.Token),
            SendNumberedAsync(pair.Server, packets, size, deadline.Token));
        await receiving;

        // A receive loop has to go on after its own packets: the other direction's key exchanges run through it.
        void Arrived()
        {
            if (Interlocked.Decrement(ref left) == 0)
            {
                all.Cancel();
            }
        }
    }

    private static async Task SendNumberedAsync(SshTransport transport, int packets, int size,
        CancellationToken cancellationToken)
    {
        byte[] header = new byte[5];
        byte[] body = new byte[size];
        header[0] = ChannelData;
        for (int i = 0; i < packets; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(1), i);
            body.AsSpan().Fill((byte)i);
            await transport.SendAsync(header, body, cancellationToken);
            await Task.Yield();
        }
    }

    private static async Task ReceiveNumberedAsync(
        SshTransport transport, int packets, int size, Action arrived, CancellationToken all)
    {
        for (int i = 0; i < packets; i++)
        {
            ReadOnlyMemory<byte> payload = await transport.ReceiveAsync(all);
            Assert.Equal(size + 5, payload.Length);
            Assert.Equal(i, BinaryPrimitives.ReadInt32BigEndian(payload.Span[1..]));
            Assert.True(payload.Span[5..].IndexOfAnyExcept((byte)i) < 0, $"packet {i} arrived changed");
        }

        arrived();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => transport.ReceiveAsync(all).AsTask());
    }
}
