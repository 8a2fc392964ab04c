using System.IO.Pipelines;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Bastion.Server.Hosting;

namespace Bastion.Server.Ssh;

/// <summary>
/// A TCP connection as a pair of pipes, for both sides of the relay. Reads go straight from the socket into a pooled
/// block and writes straight to it, with no task or queue in between. While nothing comes no block is held (zero-byte
/// reads). Once the login is over the relay runs on the thread that waits for the sockets (<see
/// cref="InlineSockets"/>): a key stroke goes from socket to socket without a change of thread.
/// </summary>
internal sealed class SocketPipe : IDuplexPipe, IAsyncDisposable
{
    /// <summary>Two of the largest SSH packets that are usual: one system call for both, and never a partial
    /// block.</summary>
    private const int BlockSize = 64 * 1024;

    private readonly NetworkStream _stream;

    public SocketPipe(Socket socket)
    {
        // Before the first byte: Nagle against delayed acknowledgement costs 41 ms, twice in a login.
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _stream = new PromptStream(socket);
        Input = PipeReader.Create(_stream, new StreamPipeReaderOptions(
            bufferSize: BlockSize, minimumReadSize: 4096, leaveOpen: true, useZeroByteReads: true));
        Output = PipeWriter.Create(_stream, new StreamPipeWriterOptions(minimumBufferSize: BlockSize, leaveOpen: true));
    }

    public PipeReader Input { get; }

    public PipeWriter Output { get; }

    /// <exception cref="SocketException">It cannot be reached.</exception>
    public static async Task<SocketPipe> ConnectAsync(string host, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
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

    /// <summary>Closes the connection at once, also under a read or a write.</summary>
    public void Abort() => _stream.Dispose();

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    /// <summary>
    /// Acknowledges at once while a login is under way: OpenSSH switches Nagle off only after the login, and until then
    /// its second small message waits for the acknowledgement of the first, which the kernel delays by 40 ms. Keeps
    /// the thread that waits for all sockets free of what takes long: logins, and streams without a pause.
    /// </summary>
    private sealed class PromptStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        /// <summary>Reads of a login, zero-byte ones included: identification, key exchange, ten keys, a
        /// code.</summary>
        private const int ReadsOfLogin = 64;

        /// <summary>
        /// Reads without a pause, half of them zero-byte ones: 256 KiB, which is a millisecond or two of the one
        /// thread that other people's keys come in on. A stream that has more goes on elsewhere.
        /// </summary>
        private const int ReadsWithoutPause = 8;

        private const int TcpLevel = 6;
        private const int QuickAcknowledge = 12;

        private static readonly byte[] On = [1, 0, 0, 0];

        private int _reads;
        private int _withoutPause;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_reads < ReadsOfLogin)
            {
                _reads++;
                // The kernel goes back to delaying by itself, so it is told again before each read.
                if (OperatingSystem.IsLinux())
                {
                    Socket.SetRawSocketOption(TcpLevel, QuickAcknowledge, On);
                }

                return GoOnElsewhereAsync(base.ReadAsync(buffer, cancellationToken));
            }

            ValueTask<int> reading = base.ReadAsync(buffer, cancellationToken);
            if (!reading.IsCompleted)
            {
                _withoutPause = 0;
                return reading;
            }

            if (++_withoutPause < ReadsWithoutPause)
            {
                return reading;
            }

            _withoutPause = 0;
            return GoOnElsewhereAsync(reading);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        private static async ValueTask<int> GoOnElsewhereAsync(ValueTask<int> reading)
        {
            int count = await reading;
            await InlineSockets.LeaveAsync();
            return count;
        }
    }
}
