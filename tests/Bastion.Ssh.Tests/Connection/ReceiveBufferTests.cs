using Bastion.Ssh.Connection;
using FsCheck.Xunit;

namespace Bastion.Ssh.Tests.Connection;

public sealed class ReceiveBufferTests
{
    /// <summary>Any mix of appending and reading gives back every byte, in order, under the right kind.</summary>
    [Property(MaxTest = 300)]
    public void Everything_appended_is_read_back_in_order(int[] steps)
    {
        var buffer = new ReceiveBuffer();
        List<(ChannelItemKind Kind, byte Value)> appended = [];
        List<(ChannelItemKind Kind, byte Value)> read = [];
        byte next = 0;
        foreach (int step in steps.Select(s => s & 0xFFFF))
        {
            switch (step % 5)
            {
                case 0:
                case 1:
                    ChannelItemKind kind = step % 5 == 0 ? ChannelItemKind.Data : ChannelItemKind.ExtendedData;
                    byte[] data = new byte[1 + ((step * 37) % 9000)];
                    for (int i = 0; i < data.Length; i++)
                    {
                        data[i] = next++;
                        appended.Add((kind, data[i]));
                    }

                    buffer.AppendData(kind, data);
                    break;
                case 2:
                    buffer.Append(ChannelItemKind.Eof);
                    appended.Add((ChannelItemKind.Eof, 0));
                    break;
                default:
                    Read(buffer, read);
                    break;
            }
        }

        while (Read(buffer, read))
        {
        }

        Assert.Equal(appended, read);
    }

    [Fact]
    public void An_item_stays_valid_while_more_arrives_in_its_segment_and_in_the_next()
    {
        var buffer = new ReceiveBuffer();
        buffer.AppendData(ChannelItemKind.Data, "first"u8);
        Assert.True(buffer.TryRead(out ChannelItem item));
        buffer.AppendData(ChannelItemKind.Data, "second"u8);
        buffer.AppendData(ChannelItemKind.Data, new byte[100_000]);
        Assert.Equal("first"u8.ToArray(), item.Data.ToArray());
        Assert.True(buffer.TryRead(out item));
        Assert.Equal("second"u8.ToArray(), item.Data.ToArray());
    }

    [Fact]
    public void Streaming_through_allocates_nothing()
    {
        var buffer = new ReceiveBuffer();
        byte[] packet = new byte[32 * 1024];
        long before = 0;
        for (int i = 0; i < 2000; i++)
        {
            if (i == 1000)
            {
                before = GC.GetAllocatedBytesForCurrentThread();
            }

            buffer.AppendData(ChannelItemKind.Data, packet);
            buffer.TryRead(out _);
            buffer.TryRead(out _);
        }

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private static bool Read(ReceiveBuffer buffer, List<(ChannelItemKind, byte)> read)
    {
        if (!buffer.TryRead(out ChannelItem item))
        {
            return false;
        }

        if (item.Kind == ChannelItemKind.Eof)
        {
            read.Add((ChannelItemKind.Eof, 0));
        }

        foreach (byte value in item.Data.Span)
        {
            read.Add((item.Kind, value));
        }

        return true;
    }
}
