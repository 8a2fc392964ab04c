using System.Buffers;
using System.IO.Pipelines;

namespace Bastion.Ssh.Tests;

/// <summary>Two ends of a connection in memory, with the back-pressure of real ones.</summary>
internal sealed class PipePair
{
    /// <param name="threshold">Bytes under way in one direction before a flush waits.</param>
    /// <param name="segment">
    /// When over 0, readers see the stream in pieces of so many bytes, one piece more at each read: every boundary in a
    /// protocol is then met with every cut.
    /// </param>
    public PipePair(int threshold = 64 * 1024, int segment = 0)
    {
        var options = new PipeOptions(
            pauseWriterThreshold: threshold, resumeWriterThreshold: threshold / 2, useSynchronizationContext: false);
        var toServer = new Pipe(options);
        var toClient = new Pipe(options);
        ToServer = toServer;
        ToClient = toClient;
        Client = new Duplex(Cut(toClient.Reader, segment), toServer.Writer);
        Server = new Duplex(Cut(toServer.Reader, segment), toClient.Writer);
    }

    public IDuplexPipe Client { get; }

    public IDuplexPipe Server { get; }

    public Pipe ToServer { get; }

    public Pipe ToClient { get; }

    private static PipeReader Cut(PipeReader reader, int segment) =>
        segment > 0 ? new SegmentedReader(reader, segment) : reader;

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Shows what has arrived in pieces of one size, and at each read one piece more.</summary>
    private sealed class SegmentedReader(PipeReader inner, int size) : PipeReader
    {
        private ReadOnlySequence<byte> _arrived;
        private ReadOnlySequence<byte> _shown;
        private long _examined;

        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Show(await inner.ReadAsync(cancellationToken));

        public override bool TryRead(out ReadResult result)
        {
            bool read = inner.TryRead(out ReadResult arrived);
            result = read ? Show(arrived) : default;
            return read;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            long taken = _shown.Slice(0, consumed).Length;
            long seen = _shown.Slice(0, examined).Length;
            _examined = seen - taken;
            inner.AdvanceTo(_arrived.GetPosition(taken), _arrived.GetPosition(seen));
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        private ReadResult Show(ReadResult arrived)
        {
            _arrived = arrived.Buffer;
            long visible = Math.Min(_arrived.Length, _examined + size);
            _shown = Split(_arrived.Slice(0, visible).ToArray());
            return new ReadResult(_shown, arrived.IsCanceled, arrived.IsCompleted && visible == _arrived.Length);
        }

        private ReadOnlySequence<byte> Split(byte[] bytes)
        {
            if (bytes.Length == 0)
            {
                return ReadOnlySequence<byte>.Empty;
            }

            Piece? first = null;
            Piece? last = null;
            for (int start = 0; start < bytes.Length; start += size)
            {
                last = new Piece(bytes.AsMemory(start, Math.Min(size, bytes.Length - start)), last);
                first ??= last;
            }

            return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
        }

        private sealed class Piece : ReadOnlySequenceSegment<byte>
        {
            public Piece(ReadOnlyMemory<byte> memory, Piece? before)
            {
                Memory = memory;
                if (before is not null)
                {
                    before.Next = this;
                    RunningIndex = before.RunningIndex + before.Memory.Length;
                }
            }
        }
    }
}
