using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Text;
using Bastion.Audit;
using Bastion.Server.Ssh.Sftp;
using Bastion.Ssh;

namespace Bastion.Server.Tests.Ssh;

internal static class Sftp
{
    public static byte[] Packet(byte type, params ReadOnlySpan<byte> content)
    {
        byte[] packet = new byte[5 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(packet, content.Length + 1);
        packet[4] = type;
        content.CopyTo(packet.AsSpan(5));
        return packet;
    }

    public static byte[] UInt32(uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        return bytes;
    }

    public static byte[] Text(ReadOnlySpan<byte> text) => [.. UInt32((uint)text.Length), .. text];

    public static byte[] Text(string text) => Text(Encoding.UTF8.GetBytes(text));

    public static byte[] Write(uint id, ReadOnlySpan<byte> handle, long offset, ReadOnlySpan<byte> content)
    {
        byte[] at = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(at, offset);
        return Packet((byte)SftpType.Write, [.. UInt32(id), .. Text(handle), .. at, .. Text(content)]);
    }
}

/// <summary>Cuts a channel's data into whole packets, for both ends of the tests.</summary>
internal sealed class PacketReader(Channel channel)
{
    private readonly List<byte> _rest = [];

    /// <summary>The next packet from its type on; null at the end of the channel.</summary>
    public async Task<byte[]?> ReadAsync()
    {
        while (true)
        {
            if (_rest.Count >= 4)
            {
                int length = BinaryPrimitives.ReadInt32BigEndian(_rest.GetRange(0, 4).ToArray());
                if (_rest.Count >= 4 + length)
                {
                    byte[] packet = [.. _rest.GetRange(4, length)];
                    _rest.RemoveRange(0, 4 + length);
                    return packet;
                }
            }

            ChannelItem item = await channel.ReadAsync(RelayWorld.Deadline());
            if (item.Kind is ChannelItemKind.Close or ChannelItemKind.Disconnected or ChannelItemKind.Eof)
            {
                return null;
            }

            if (item.Kind == ChannelItemKind.Data)
            {
                _rest.AddRange(item.Data.Span);
            }

            channel.Consumed(item.Data.Length);
        }
    }
}

/// <summary>A file system in memory behind SFTP version 3.</summary>
internal sealed class MemorySftpServer
{
    public ConcurrentDictionary<string, byte[]> Files { get; } = new();

    /// <summary>Symbolic links, and where they lead.</summary>
    public Dictionary<string, string> Links { get; } = [];

    public ConcurrentQueue<SftpType> Seen { get; } = new();

    public async Task RunAsync(Channel channel)
    {
        var reader = new PacketReader(channel);
        Dictionary<string, string> handles = [];
        while (await reader.ReadAsync() is { } packet)
        {
            var type = (SftpType)packet[0];
            Seen.Enqueue(type);
            byte[] answer = type == SftpType.Init
                ? Sftp.Packet((byte)SftpType.Version, packet.AsSpan(1))
                : Answer(type, BinaryPrimitives.ReadUInt32BigEndian(packet.AsSpan(1)), packet.AsSpan(5), handles);
            await channel.WriteAsync(answer, RelayWorld.Deadline());
        }

        await channel.CloseAsync();
    }

    /// <summary>As OpenSSH's server does it: links are followed, and the last part need not be there.</summary>
    private string Real(string path)
    {
        string real = "";
        foreach (string part in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            real = Links.GetValueOrDefault($"{real}/{part}", $"{real}/{part}");
        }

        return real.Length == 0 ? "/" : real;
    }

    private byte[] Answer(SftpType type, uint id, ReadOnlySpan<byte> rest, Dictionary<string, string> handles)
    {
        var reader = new SftpReader(rest);
        Assert.True(reader.TryReadString(out ReadOnlySpan<byte> first));
        string name = Encoding.UTF8.GetString(first);
        string path = name.StartsWith('/') ? name : "/home/app/" + name;
        switch (type)
        {
            case SftpType.RealPath:
                return Sftp.Packet((byte)SftpType.Name, [.. Sftp.UInt32(id), .. Sftp.UInt32(1),
                    .. Sftp.Text(name == "." ? "/home/app" : Real(path)), .. Sftp.Text(""), .. Sftp.UInt32(0)]);
            case SftpType.Open:
                string handle = $"h{handles.Count}";
                handles[handle] = path;
                Files.TryAdd(path, []);
                return Sftp.Packet((byte)SftpType.Handle, [.. Sftp.UInt32(id), .. Sftp.Text(handle)]);
            case SftpType.Write:
                Assert.True(reader.TryReadUInt64(out ulong at));
                Assert.True(reader.TryReadString(out ReadOnlySpan<byte> content));
                Files[handles[name]] = [.. Files[handles[name]].AsSpan(0, (int)at), .. content];
                break;
            case SftpType.Read:
                Assert.True(reader.TryReadUInt64(out ulong from));
                Assert.True(reader.TryReadUInt32(out uint count));
                byte[] file = Files[handles[name]];
                if ((int)from >= file.Length)
                {
                    return SftpPackets.Status(id, (SftpStatus)1, "end of file");
                }

                return Sftp.Packet(
                    (byte)SftpType.Data, [.. Sftp.UInt32(id),
                        .. Sftp.Text(file.AsSpan((int)from, (int)Math.Min(count, file.Length - (int)from)))]);
            case SftpType.Remove:
                Files.TryRemove(path, out _);
                break;
        }

        return SftpPackets.Status(id, SftpStatus.Ok, "");
    }
}

/// <summary>An SFTP client on a channel through the gateway, one request at a time.</summary>
internal sealed class SftpClient : IAsyncDisposable
{
    private readonly RelayWorld _world;
    private readonly SshConnection _connection;
    private readonly Channel _channel;
    private readonly PacketReader _reader;
    private uint _id = 100;

    private SftpClient(RelayWorld world, SshConnection connection, Channel channel, MemorySftpServer server)
    {
        _world = world;
        _connection = connection;
        _channel = channel;
        _reader = new PacketReader(channel);
        Server = server;
    }

    public MemorySftpServer Server { get; }

    public string LastMessage { get; private set; } = "";

    /// <param name="command">What is executed instead of the subsystem, as by `sftp -s`.</param>
    /// <param name="version">Of SFTP, as the client asks for it.</param>
    public static async Task<SftpClient> StartAsync(RelayWorld world, string? command = null, byte version = 3)
    {
        SftpClient client = await OpenAsync(world, command);
        await client.SendAsync(Sftp.Packet((byte)SftpType.Init, 0, 0, 0, version));
        byte[]? answer = await client._reader.ReadAsync();
        Assert.Equal([(byte)SftpType.Version, 0, 0, 0, 3], answer);
        return client;
    }

    /// <summary>Nothing of SFTP was said yet.</summary>
    public static async Task<SftpClient> OpenAsync(RelayWorld world, string? command)
    {
        var server = new MemorySftpServer();
        world.Target.Command = (channel, _) => server.RunAsync(channel);
        SshConnection connection = await world.ConnectAsync("alice+orders-db");
        Channel channel = await connection.OpenChannelAsync("session", default, RelayWorld.Deadline());
        Assert.True(await channel.RequestAsync(
            command is null ? "subsystem" : "exec", NameRequest.Format(command ?? "sftp"), RelayWorld.Deadline()));
        return new SftpClient(world, connection, channel, server);
    }

    public async Task SendAsync(byte[] bytes) => await _channel.WriteAsync(bytes, RelayWorld.Deadline());

    public async Task<byte[]> OpenAsync(string path, SftpOpenFlags flags)
    {
        byte[] answer =
            await AskAsync((byte)SftpType.Open, [.. Sftp.Text(path), .. Sftp.UInt32((uint)flags), .. Sftp.UInt32(0)]);
        Assert.Equal((byte)SftpType.Handle, answer[0]);
        return answer[9..];
    }

    public async Task WriteAsync(byte[] handle, long offset, ReadOnlyMemory<byte> content)
    {
        uint id = ++_id;
        await SendAsync(Sftp.Write(id, handle, offset, content.Span));
        Assert.Equal(SftpStatus.Ok, StatusOf(await ReadAsync(id)));
    }

    /// <summary>A WRITE packet with something behind its data.</summary>
    public async Task WriteWithSurplusAsync(byte[] handle, ReadOnlyMemory<byte> content, byte[] surplus)
    {
        uint id = ++_id;
        byte[] packet = [.. Sftp.Write(id, handle, 0, content.Span), .. surplus];
        BinaryPrimitives.WriteInt32BigEndian(packet, packet.Length - SftpPackets.LengthPrefix);
        await SendAsync(packet);
        Assert.Equal(SftpStatus.Ok, StatusOf(await ReadAsync(id)));
    }

    public async Task<byte[]?> ReadAsync(byte[] handle, long offset, uint count)
    {
        byte[] at = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(at, offset);
        byte[] answer = await AskAsync((byte)SftpType.Read, [.. Sftp.Text(handle), .. at, .. Sftp.UInt32(count)]);
        return answer[0] == (byte)SftpType.Data ? answer[9..] : null;
    }

    public async Task CloseAsync(byte[] handle) =>
        Assert.Equal(SftpStatus.Ok, StatusOf(await AskAsync((byte)SftpType.Close, Sftp.Text(handle))));

    public async Task<SftpStatus> RemoveAsync(string path) =>
        StatusOf(await AskAsync((byte)SftpType.Remove, Sftp.Text(path)));

    public async Task<SftpStatus> ExtendedAsync(string name, string argument) =>
        StatusOf(await AskAsync((byte)SftpType.Extended, [.. Sftp.Text(name), .. Sftp.Text(argument)]));

    public async Task<SftpStatus> RawAsync(byte type) => StatusOf(await AskAsync(type, []));

    public async Task EndAsync() => Assert.Null(await _reader.ReadAsync());

    /// <summary>The first record of a kind, as soon as it is in the journal.</summary>
    public async Task<JournalEntry> RecordAsync(string kind)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            if (_world.Gateway.JournalReader.Read().FirstOrDefault(entry => entry.Kind == kind) is { } entry)
            {
                return entry;
            }

            await Task.Delay(5, deadline.Token);
        }
    }

    public async ValueTask DisposeAsync() => await _connection.DisposeAsync();

    private async Task<byte[]> AskAsync(byte type, byte[] content)
    {
        uint id = ++_id;
        await SendAsync(Sftp.Packet(type, [.. Sftp.UInt32(id), .. content]));
        return await ReadAsync(id);
    }

    private async Task<byte[]> ReadAsync(uint id)
    {
        byte[]? answer = await _reader.ReadAsync();
        Assert.Equal(id, BinaryPrimitives.ReadUInt32BigEndian(answer!.AsSpan(1)));
        return answer!;
    }

    private SftpStatus StatusOf(byte[] answer)
    {
        Assert.Equal((byte)SftpType.Status, answer[0]);
        var reader = new SftpReader(answer.AsSpan(9));
        LastMessage = reader.TryReadString(out ReadOnlySpan<byte> text) ? Encoding.UTF8.GetString(text) : "";
        return (SftpStatus)BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(5));
    }
}
