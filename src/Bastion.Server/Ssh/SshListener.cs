using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;
using Bastion.Server.Ssh.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace Bastion.Server.Ssh;

/// <summary>
/// Where SSH is listened to. A type of its own, so that Kestrel takes <see cref="SshListenerFactory"/> for it and its
/// usual socket transport, which copies through 4 KiB blocks and two queues, for the web.
/// </summary>
public sealed class SshEndPoint(IPAddress address, int port) : EndPoint
{
    public IPEndPoint Address { get; } = new(address, port);

    public override string ToString() => Address.ToString();
}

/// <summary>Kestrel's transport for <see cref="SshEndPoint"/>.</summary>
internal sealed class SshListenerFactory : IConnectionListenerFactory, IConnectionListenerFactorySelector
{
    /// <summary>Connections that the kernel has accepted and we have not; a storm of logins comes at once.</summary>
    private const int Backlog = 512;

    public bool CanBind(EndPoint endpoint) => endpoint is SshEndPoint;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        IPEndPoint address = ((SshEndPoint)endpoint).Address;
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // No ReuseAddress: .NET means SO_REUSEPORT by it as well, and a second process could take half of the
            // logins.
            socket.Bind(address);
            socket.Listen(Backlog);
            return ValueTask.FromResult<IConnectionListener>(new SshListener(socket));
        }
        catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            socket.Dispose();
            throw new AddressInUseException(taken.Message, taken);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

internal sealed class SshListener(Socket socket) : IConnectionListener
{
    public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

    /// <summary>Null when the listener is closed. Never waits for a peer.</summary>
    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        while (true)
        {
            try
            {
                Socket accepted = await socket.AcceptAsync(cancellationToken);
                return new SshSocketConnection(accepted);
            }
            catch (SocketException gone)
                when (gone.SocketErrorCode is SocketError.ConnectionReset or SocketError.ConnectionAborted)
            {
                // The peer left before it was accepted.
            }
            catch (Exception closed) when (closed is ObjectDisposedException
                or SocketException { SocketErrorCode: SocketError.OperationAborted or SocketError.InvalidArgument })
            {
                return null;
            }
        }
    }

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => UnbindAsync();
}

/// <summary>One accepted connection, as Kestrel hands it to the handler.</summary>
internal sealed class SshSocketConnection : ConnectionContext
{
    private readonly SocketPipe _pipe;

    public SshSocketConnection(Socket socket)
    {
        _pipe = new SocketPipe(socket);
        Transport = _pipe;
        LocalEndPoint = socket.LocalEndPoint;
        RemoteEndPoint = socket.RemoteEndPoint;
    }

    public override IDuplexPipe Transport { get; set; }

    public override string ConnectionId { get; set; } = Guid.NewGuid().ToString("N");

    public override IFeatureCollection Features { get; } = new FeatureCollection();

    public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();

    public override void Abort(ConnectionAbortedException abortReason) => _pipe.Abort();

    public override async ValueTask DisposeAsync()
    {
        await _pipe.DisposeAsync();
        await base.DisposeAsync();
    }
}
