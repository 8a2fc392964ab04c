using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Bastion.Server.Ssh.Sockets;

namespace Bastion.Server.Tests.Ssh;

public sealed class SocketPipeTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Everything_arrives_in_order_however_it_is_cut_and_the_end_with_the_last_bytes(bool onLoop)
    {
        (SocketPipe near, Socket far) = await ConnectedAsync();
        await using (near)
        using (far)
        {
            if (onLoop)
            {
                near.StayOnLoop();
            }

            byte[] sent = RandomNumberGenerator.GetBytes(3 * 1024 * 1024);
            var sending = Task.Run(() =>
            {
                // Odd sizes, so that reads are short, full and cut at the end of a block.
                for (int at = 0, size = 1; at < sent.Length; at += size, size = (size * 7 % 90_000) + 1)
                {
                    far.Send(sent.AsSpan(at, Math.Min(size, sent.Length - at)));
                }

                far.Shutdown(SocketShutdown.Send);
            });

            Assert.Equal(sent, await ReadToEndAsync(near.Input));
            await sending;
        }
    }

    [Fact]
    public async Task A_writer_waits_for_a_far_side_that_does_not_read_and_goes_on_when_it_does()
    {
        (SocketPipe near, Socket far) = await ConnectedAsync();
        await using (near)
        using (far)
        {
            byte[] sent = RandomNumberGenerator.GetBytes(16 * 1024 * 1024);
            Task writing = near.Output.WriteAsync(sent).AsTask();
            Assert.False(writing.IsCompleted);

            byte[] received = new byte[sent.Length];
            await Task.Run(() =>
            {
                for (int at = 0; at < received.Length;)
                {
                    at += far.Receive(received.AsSpan(at));
                }
            }).WaitAsync(Deadline);
            await writing.WaitAsync(Deadline);
            Assert.Equal(sent, received);
        }
    }

    [Fact]
    public async Task Closing_ends_a_read_and_a_write_that_wait()
    {
        (SocketPipe near, Socket far) = await ConnectedAsync();
        using (far)
        {
            near.StayOnLoop();
            Task reading = near.Input.ReadAsync().AsTask();
            Task writing = near.Output.WriteAsync(new byte[16 * 1024 * 1024]).AsTask();
            Assert.False(reading.IsCompleted || writing.IsCompleted);

            near.Abort();

            await Assert.ThrowsAsync<IOException>(() => reading.WaitAsync(Deadline));
            await Assert.ThrowsAsync<IOException>(() => writing.WaitAsync(Deadline));
        }
    }

    [Fact]
    public async Task A_cancelled_read_loses_nothing_that_comes_after_it()
    {
        (SocketPipe near, Socket far) = await ConnectedAsync();
        await using (near)
        using (far)
        {
            for (byte round = 0; round < 50; round++)
            {
                using var cancel = new CancellationTokenSource();
                ValueTask<ReadResult> reading = near.Input.ReadAsync(cancel.Token);
                var cancelling = Task.Run(cancel.Cancel);
                far.Send([round]);
                await cancelling;
                ReadResult result = default;
                try
                {
                    result = await reading;
                    near.Input.AdvanceTo(result.Buffer.Start);
                }
                catch (OperationCanceledException)
                {
                    // That is one of the two that may come first.
                }

                if (result.Buffer.IsEmpty)
                {
                    result = await near.Input.ReadAsync().AsTask().WaitAsync(Deadline);
                }
                else
                {
                    Assert.True(near.Input.TryRead(out result));
                }

                Assert.Equal(round, Assert.Single(result.Buffer.ToArray()));
                near.Input.AdvanceTo(result.Buffer.End);
            }
        }
    }

    [Fact]
    public async Task Where_nobody_listens_the_connection_is_refused_and_a_name_that_is_none_is_not_found()
    {
        using var unused = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        unused.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        int port = ((IPEndPoint)unused.LocalEndPoint!).Port;

        SocketException refused = await Assert.ThrowsAsync<SocketException>(
            () => SocketPipe.ConnectAsync("127.0.0.1", port, CancellationToken.None));
        Assert.Equal(SocketError.ConnectionRefused, refused.SocketErrorCode);
        await Assert.ThrowsAsync<SocketException>(
            () => SocketPipe.ConnectAsync("no such name.invalid", port, CancellationToken.None));
    }

    private static async Task<(SocketPipe Near, Socket Far)> ConnectedAsync()
    {
        using var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen();
        Task<Socket> accepting = listener.AcceptAsync();
        SocketPipe near = await SocketPipe.ConnectAsync(
            "127.0.0.1", ((IPEndPoint)listener.LocalEndPoint!).Port, CancellationToken.None);
        return (near, await accepting);
    }

    private static async Task<byte[]> ReadToEndAsync(PipeReader input)
    {
        using var all = new MemoryStream();
        using var deadline = new CancellationTokenSource(Deadline);
        while (true)
        {
            ReadResult result = await input.ReadAsync(deadline.Token);
            foreach (ReadOnlyMemory<byte> part in result.Buffer)
            {
                all.Write(part.Span);
            }

            input.AdvanceTo(result.Buffer.End);
            if (result.IsCompleted)
            {
                return all.ToArray();
            }
        }
    }
}
