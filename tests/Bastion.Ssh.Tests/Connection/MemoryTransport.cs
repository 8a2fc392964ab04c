using System.Threading.Channels;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.Connection;

/// <summary>Payloads by reference, without encryption: the layer below for tests of the layer above.</summary>
internal sealed class MemoryTransport : ITransport
{
    private readonly Channel<byte[]> _incoming;
    private readonly Channel<byte[]> _outgoing;

    private MemoryTransport(SshRole role, Channel<byte[]> incoming, Channel<byte[]> outgoing)
    {
        Role = role;
        _incoming = incoming;
        _outgoing = outgoing;
    }

    public static (MemoryTransport Client, MemoryTransport Server) CreatePair(int capacity = 1024)
    {
        var up = System.Threading.Channels.Channel.CreateBounded<byte[]>(capacity);
        var down = System.Threading.Channels.Channel.CreateBounded<byte[]>(capacity);
        return (new MemoryTransport(SshRole.Client, down, up), new MemoryTransport(SshRole.Server, up, down));
    }

    public SshRole Role { get; }

    public SshPhase Phase { get; set; } = SshPhase.Connection;

    public ReadOnlyMemory<byte> SessionId { get; set; } = new byte[] { 1, 2, 3 };

    public ReadOnlyMemory<byte> HostKeyBlob { get; set; }

    public string PeerIdentification => "SSH-2.0-test";

    public IReadOnlyDictionary<string, byte[]> PeerExtensions { get; set; } = new Dictionary<string, byte[]>();

    public DisconnectReason? Disconnected { get; private set; }

    public async ValueTask<ReadOnlyMemory<byte>> ReceiveAsync(CancellationToken cancellationToken)
    {
        while (await _incoming.Reader.WaitToReadAsync(cancellationToken))
        {
            if (_incoming.Reader.TryRead(out byte[]? payload))
            {
                return payload;
            }
        }

        return default;
    }

    public async ValueTask SendAsync(
        ReadOnlyMemory<byte> header, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        byte[] payload = [.. header.Span, .. body.Span];
        try
        {
            await _outgoing.Writer.WriteAsync(payload, cancellationToken);
        }
        catch (ChannelClosedException)
        {
            throw new SshDisconnectException(DisconnectReason.ConnectionLost, Blame.Network, "closed");
        }
    }

    public void Post(ReadOnlySpan<byte> payload) => _outgoing.Writer.TryWrite(payload.ToArray());

    public ValueTask DisconnectAsync(DisconnectReason reason, string description)
    {
        Disconnected ??= reason;
        _outgoing.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _outgoing.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    // The scripted peer's side.

    public void Send(Action<MessageBuilder> build)
    {
        var message = new MessageBuilder();
        build(message);
        Assert.True(_outgoing.Writer.TryWrite(message.ToArray()));
    }

    public async Task<byte[]> ReceiveAsync(MessageNumber expected)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        ReadOnlyMemory<byte> payload = await ReceiveAsync(deadline.Token);
        Assert.False(payload.IsEmpty, $"the connection ended while waiting for {expected}");
        Assert.Equal(expected, (MessageNumber)payload.Span[0]);
        return payload.ToArray();
    }

    public bool NothingSent => !_incoming.Reader.TryPeek(out _);
}
