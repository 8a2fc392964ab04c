using System.Buffers;
using System.IO.Pipelines;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>The order of what goes out, with an output that can be stopped.</summary>
public sealed class PacketSenderTests : IDisposable
{
    private const byte ChannelData = 94;
    private static readonly byte[] KexInit = [20];
    private static readonly byte[] NewKeys = [21];

    private readonly Pipe _pipe = new(new PipeOptions(pauseWriterThreshold: 1000, resumeWriterThreshold: 500));
    private readonly PacketSender _sender;
    private readonly PacketDecoder _decoder = new();

    public PacketSenderTests()
    {
        _sender = new PacketSender(_pipe.Writer, new ConnectionEnd(), TimeProvider.System, SshLimits.Default);
        _sender.Uncork();
    }

    public void Dispose() => _decoder.Dispose();

    [Fact]
    public async Task An_exchange_that_begins_while_the_last_ones_end_still_waits_to_go_out_blocks_sending()
    {
        Task stopped = SendAsync(1, 2000);
        Assert.False(stopped.IsCompleted);
        _sender.BeginKeyExchange(KexInit);
        _sender.FinishKeyExchange(NewKeys, new PlainPacketSealer(), resetSequence: false, extInfo: null);
        _sender.BeginKeyExchange(KexInit);
        Task waiting = SendAsync(2, 1);

        Assert.Equal([ChannelData, 20, 21, 20], await ReadNumbersAsync(4));
        await stopped;
        Assert.False(waiting.IsCompleted);
        _sender.FinishKeyExchange(NewKeys, new PlainPacketSealer(), resetSequence: false, extInfo: null);
        _sender.SendQueued();

        Assert.Equal([21, ChannelData], await ReadNumbersAsync(2));
        await waiting;
    }

    [Fact]
    public async Task What_is_posted_while_the_output_is_stopped_leaves_in_order_before_what_waits()
    {
        Task stopped = SendAsync(1, 2000);
        _sender.Post([95]);
        _sender.Post([96]);
        Task waiting = SendAsync(2, 1);

        Assert.Equal([ChannelData, 95, 96, ChannelData], await ReadNumbersAsync(4));
        await stopped;
        await waiting;
    }

    [Fact]
    public async Task While_the_receive_loop_works_posted_packets_are_gathered_and_sent_ones_are_not()
    {
        _sender.Cork();
        _sender.Post([95]);
        _sender.Post([96]);
        Assert.False(_pipe.Reader.TryRead(out _));
        _sender.Uncork();
        Assert.Equal([95, 96], await ReadNumbersAsync(2));

        _sender.Cork();
        _sender.Post([97]);
        await SendAsync(1, 1);
        Assert.Equal([97, ChannelData], await ReadNumbersAsync(2));
    }

    private Task SendAsync(byte number, int length) =>
        _sender.SendAsync(new byte[] { ChannelData, number }, new byte[length], CancellationToken.None).AsTask();

    private async Task<byte[]> ReadNumbersAsync(int count)
    {
        using var deadline = new CancellationTokenSource(TransportFixture.Deadline);
        var numbers = new List<byte>();
        while (numbers.Count < count)
        {
            ReadResult result = await _pipe.Reader.ReadAsync(deadline.Token);
            ReadOnlySequence<byte> buffer = result.Buffer;
            bool decoded = _decoder.TryDecode(ref buffer, out ReadOnlyMemory<byte> payload);
            if (decoded)
            {
                numbers.Add(payload.Span[0]);
            }

            _pipe.Reader.AdvanceTo(buffer.Start, decoded ? buffer.Start : buffer.End);
        }

        return [.. numbers];
    }
}
