using System.Security.Cryptography;
using Bastion.Audit;
using Bastion.Audit.Recordings;
using Bastion.Audit.Records;
using Bastion.Control.Sessions;

namespace Bastion.Server.Ssh;

/// <summary>What recordings of one gateway are made with.</summary>
/// <param name="KeptContent">Bytes of each direction of a channel without a terminal.</param>
internal sealed record RecordingStudio(Journal Journal, RecordingOptions Options, SessionRegistry Sessions,
    int KeptContent);

internal enum RecordingKind
{
    /// <summary>All of it is kept, as a film.</summary>
    Terminal,

    /// <summary>The beginning of each direction is kept; all of it is counted and digested.</summary>
    Stream,

    /// <summary>The operations and the digests of files are in the journal; the bytes are counted.</summary>
    Operations,
}

/// <summary>The recording of one channel. Every call completes before its bytes go on; one that throws ends the
/// session.</summary>
internal sealed class ChannelRecorder(SessionContext context, RecordingHeader header, RecordingKind kind)
    : IAsyncDisposable
{
    private readonly IncrementalHash? _digestToTarget = NewDigest(kind);
    private readonly IncrementalHash? _digestToClient = NewDigest(kind);
    private readonly SemaphoreSlim _starting = new(1, 1);
    private RecordingWriter? _writer;
    private string _exit = "";
    private int? _exitStatus;

    public long BytesToTarget { get; private set; }

    public long BytesToClient { get; private set; }

    /// <summary>A terminal's recording is begun before anything happens at it.</summary>
    public ValueTask StartAsync() =>
        kind == RecordingKind.Terminal ? new ValueTask(OpenAsync()) : ValueTask.CompletedTask;

    public ValueTask OutputAsync(ReadOnlyMemory<byte> data)
    {
        long before = BytesToClient;
        BytesToClient += data.Length;
        _digestToClient?.AppendData(data.Span);
        ReadOnlyMemory<byte> kept = Kept(before, data);
        return kept.IsEmpty ? ValueTask.CompletedTask
            : _writer is { } writer ? writer.OutputAsync(kept)
            : OpenThenAsync(writer => writer.OutputAsync(kept));
    }

    /// <param name="hidden">Typed at a prompt that does not echo: neither kept nor counted in the recording.</param>
    public ValueTask InputAsync(ReadOnlyMemory<byte> data, bool hidden = false)
    {
        long before = BytesToTarget;
        BytesToTarget += data.Length;
        _digestToTarget?.AppendData(data.Span);
        ReadOnlyMemory<byte> kept = Kept(before, data);
        return kept.IsEmpty ? ValueTask.CompletedTask
            : _writer is { } writer ? writer.InputAsync(kept, hidden)
            : OpenThenAsync(writer => writer.InputAsync(kept, hidden));
    }

    public ValueTask ResizeAsync(int columns, int rows) =>
        _writer is { } writer ? writer.ResizeAsync(columns, rows) : ValueTask.CompletedTask;

    /// <summary>A place that a replay can jump to.</summary>
    public ValueTask MarkAsync(PeerText label) =>
        _writer is { } writer ? writer.MarkAsync(label) : ValueTask.CompletedTask;

    public ValueTask ExitedAsync(int status)
    {
        _exitStatus = status;
        return _writer is { } writer ? writer.ExitAsync(status) : ValueTask.CompletedTask;
    }

    public void ExitedBySignal(string name) => _exit = name;

    /// <summary>Seals the recording and says what went through the channel.</summary>
    public async ValueTask<ChannelEnded> CompleteAsync()
    {
        if (_writer is { } writer)
        {
            await writer.CompleteAsync();
        }

        return new ChannelEnded
        {
            Session = context.Session.Id,
            Channel = header.Channel,
            ExitStatus = _exitStatus,
            ExitSignal = _exit.Length == 0 ? null : _exit,
            BytesToTarget = BytesToTarget,
            BytesToClient = BytesToClient,
            Sha256ToTarget = HexOf(_digestToTarget),
            Sha256ToClient = HexOf(_digestToClient),
        };
    }

    public async ValueTask DisposeAsync()
    {
        if (_writer is { } writer)
        {
            await writer.DisposeAsync();
        }

        _digestToTarget?.Dispose();
        _digestToClient?.Dispose();
        _starting.Dispose();
    }

    private ReadOnlyMemory<byte> Kept(long before, ReadOnlyMemory<byte> data) => kind switch
    {
        RecordingKind.Terminal => data,
        RecordingKind.Stream when before < context.Studio.KeptContent =>
            data[..(int)Math.Min(data.Length, context.Studio.KeptContent - before)],
        _ => default,
    };

    private async ValueTask OpenThenAsync(Func<RecordingWriter, ValueTask> write) => await write(await OpenAsync());

    /// <summary>Either direction may come first; one recording is begun.</summary>
    private async Task<RecordingWriter> OpenAsync()
    {
        await _starting.WaitAsync();
        try
        {
            if (_writer is null)
            {
                RecordingWriter writer = context.Recordings.Start(header);
                context.Studio.Sessions.AddRecording(
                    context.Session, new SessionRecording(header.Channel, context.Time.GetUtcNow()));
                _writer = writer;
            }

            return _writer;
        }
        finally
        {
            _starting.Release();
        }
    }

    private static IncrementalHash? NewDigest(RecordingKind kind) =>
        kind != RecordingKind.Stream ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    private static string? HexOf(IncrementalHash? digest) =>
        digest is null ? null : Convert.ToHexStringLower(digest.GetHashAndReset());
}
