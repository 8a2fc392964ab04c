using System.Text;
using Bastion.Ssh.Connection;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

/// <summary>A server-role connection whose peer is the test itself, message by message.</summary>
internal sealed class ScriptedClient : IAsyncDisposable
{
    public ScriptedClient(SshLimits? limits = null)
    {
        (Peer, MemoryTransport server) = MemoryTransport.CreatePair();
        Limits = limits ?? SshLimits.Default;
        Connection = new SshConnection(server, "alice", Limits, hostKeyProof: null);
    }

    public SshLimits Limits { get; }

    public MemoryTransport Peer { get; }

    public SshConnection Connection { get; }

    /// <summary>Opens a session channel; the scripted client's number for it is <paramref name="id"/> + 100.</summary>
    public async Task<Channel> OpenSessionAsync(uint id = 0, uint window = 1 << 20, uint maximumPacket = 32768)
    {
        RequestSession(id, window, maximumPacket);
        ChannelOpenRequest request = Assert.IsType<ChannelOpenRequest>(await Connection.AcceptAsync(Deadline()));
        Channel channel = await request.AcceptAsync(Deadline());
        await Peer.ReceiveAsync(MessageNumber.ChannelOpenConfirmation);
        return channel;
    }

    public void RequestSession(uint id = 0, uint window = 1 << 20, uint maximumPacket = 32768) => Peer.Send(m => m
        .Number(MessageNumber.ChannelOpen).String("session").UInt32(id + 100).UInt32(window).UInt32(maximumPacket));

    public void SendData(Channel channel, ReadOnlySpan<byte> data)
    {
        byte[] copy = data.ToArray();
        Peer.Send(m => m.Number(MessageNumber.ChannelData).UInt32(channel.LocalId).String(copy));
    }

    public void SendBare(Channel channel, MessageNumber number) =>
        Peer.Send(m => m.Number(number).UInt32(channel.LocalId));

    public async Task<SshDisconnectException> ConnectionEndAsync()
    {
        await Connection.Completion.WaitAsync(TimeSpan.FromSeconds(10));
        return Connection.EndReason!;
    }

    public static CancellationToken Deadline() => new CancellationTokenSource(TimeSpan.FromSeconds(10)).Token;

    public async ValueTask DisposeAsync() => await Connection.DisposeAsync();
}

/// <summary>Our client role and our server role, joined.</summary>
internal sealed class ConnectionPair : IAsyncDisposable
{
    public ConnectionPair(SshLimits? limits = null, HostKeyProof? proof = null)
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        Client = new SshConnection(client, "alice", limits ?? SshLimits.Default, null);
        Server = new SshConnection(server, "alice", limits ?? SshLimits.Default, proof);
    }

    public SshConnection Client { get; }

    public SshConnection Server { get; }

    public async Task<(Channel Client, Channel Server)> OpenAsync()
    {
        ValueTask<Channel> opening = Client.OpenChannelAsync("session", default, ScriptedClient.Deadline());
        ChannelOpenRequest request =
            Assert.IsType<ChannelOpenRequest>(await Server.AcceptAsync(ScriptedClient.Deadline()));
        Channel server = await request.AcceptAsync(ScriptedClient.Deadline());
        return (await opening, server);
    }

    public async ValueTask DisposeAsync()
    {
        await Client.DisposeAsync();
        await Server.DisposeAsync();
    }
}

internal static class ChannelReading
{
    /// <summary>Reads and credits everything up to the close, as one line a run: `data:…`, `stderr:…`, `eof`,
    /// ….</summary>
    public static async Task<List<string>> ReadAllAsync(this Channel channel)
    {
        List<string> items = [];
        while (true)
        {
            ChannelItem item = await channel.ReadAsync(ScriptedClient.Deadline());
            string text = Encoding.UTF8.GetString(item.Data.Span);
            items.Add(item.Kind switch
            {
                ChannelItemKind.Data => $"data:{text}",
                ChannelItemKind.ExtendedData => $"stderr:{text}",
                ChannelItemKind.Request => $"request:{item.Request!.Type}",
                ChannelItemKind.Reply => $"reply:{item.Success}",
                _ => $"{item.Kind}",
            });
            channel.Consumed(item.Data.Length);
            if (item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected)
            {
                return items;
            }
        }
    }
}
