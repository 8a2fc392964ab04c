using System.IO.Pipelines;
using System.Net;
using System.Net.Sockets;

namespace Bastion.Server.Ssh.Sockets;

/// <summary>
/// A TCP connection as a pair of pipes, for both sides of the relay. Reads go straight from the socket into a pooled
/// block and writes straight to it, with no task or queue in between. While nothing comes no block is held (zero-byte
/// reads). Once the login is over the relay runs on the threads of <see cref="SocketLoop"/>.
/// </summary>
internal sealed class SocketPipe : IDuplexPipe, IAsyncDisposable
{
    /// <summary>Two of the largest SSH packets that are usual: one system call for both, and never a partial
    /// block.</summary>
    private const int BlockSize = 64 * 1024;

    private readonly Stream _stream;

    /// <param name="socket">Connected, and used for nothing else.</param>
    public SocketPipe(Socket socket)
        : this(socket, OperatingSystem.IsLinux() ? OnLoop(socket) : new NetworkStream(socket, ownsSocket: true))
    {
    }

    private SocketPipe(Socket socket, Stream stream)
    {
        // Before the first byte: Nagle against delayed acknowledgement costs 41 ms, twice in a login.
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _stream = stream;
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(
            bufferSize: BlockSize, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: BlockSize, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task<SocketPipe> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(host, port, cancellationToken);
                return new SocketPipe(socket);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }

        IPAddress[] addresses = await Dns.GetHostAddressesAsync(host, cancellationToken);
        for (int i = 0; i < addresses.Length; i++)
        {
            try
            {
                return await ConnectAsync(new IPEndPoint(addresses[i], port), cancellationToken);
            }
            catch (SocketException) when (i + 1 < addresses.Length)
            {
                // It has another address.
            }
        }

        throw new SocketException((int)SocketError.HostNotFound);
    }

    /// <summary>The login is over: see <see cref="LoopStream.StayOnLoop"/>.</summary>
    public void StayOnLoop() => (_stream as LoopStream)?.StayOnLoop();

    /// <summary>Closes the connection at once, also under a read or a write.</summary>
    public void Abort() => _stream.Dispose();

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>By our own connect(2): a socket that the runtime has once waited for stays on its threads as well, and
    /// wakes them with every packet.</summary>
    private static async Task<SocketPipe> ConnectAsync(IPEndPoint address, CancellationToken cancellationToken)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
        LoopStream? stream = null;
        try
        {
            if (!Epoll.BeginConnect(socket.SafeHandle, address.Serialize(), out SocketException? refused))
            {
                throw refused;
            }

            stream = new LoopStream(socket);
            await stream.ConnectedAsync(cancellationToken);
            return new SocketPipe(socket, stream);
        }
        catch
        {
            stream?.Dispose();
            socket.Dispose();
            throw;
        }
    }

    private static LoopStream OnLoop(Socket socket)
    {
        socket.Blocking = false;
        return new LoopStream(socket);
    }
}
