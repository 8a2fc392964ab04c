using Bastion.Text.Canonical;
using System.Globalization;
using Bastion.Audit.Records;

namespace Bastion.Audit.Recordings;

/// <summary>
/// Records one channel as asciicast v3. Each call returns after the operating system has the bytes, so that they
/// survive the death of this process, and before the caller forwards them. Both directions may call at the same time.
/// Any failure is final: every later call fails too, and the session must end.
/// </summary>
public sealed class RecordingWriter : IAsyncDisposable
{
    // One event is written at a time; in JSON its bytes take at most six times their length.
    private const int MaximumChunkBytes = 32 * 1024;
    private const int MaximumEventBytes = (MaximumChunkBytes * 6) + 128;

    private const long MicrosecondsPerSecond = 1_000_000;

    private const string SuppressedLabel = "input not recorded";

    private readonly SessionRecordings _session;
    private readonly RecordingOptions _options;
    private readonly long _startedAt;

    private readonly Lock _gate = new();
    private readonly PooledBuffer _line = new();
    private RecordingHeader _header;
    private RecordingPart _part;
    private long _lastMicroseconds;
    private SplitCharacter _output;
    private SplitCharacter _input;
    private bool _suppressing;
    private bool _closed;
    private Exception? _failure;

    /// <summary>Creates the first part with its header.</summary>
    internal RecordingWriter(SessionRecordings session, RecordingHeader header)
    {
        this._session = session;
        this._header = header;
        _options = session.Options;
        _startedAt = _options.TimeProvider.GetTimestamp();
        _part = StartPart(1);
    }

    /// <summary>Bytes from the target, before they are forwarded to the client.</summary>
    public ValueTask OutputAsync(ReadOnlyMemory<byte> data) => DataAsync((byte)'o', data);

    /// <summary>
    /// Bytes from the client, before they are forwarded to the target. With <paramref name="suppressed"/> (a prompt
    /// without echo) neither the bytes nor their number are kept, only that something was typed.
    /// </summary>
    public ValueTask InputAsync(ReadOnlyMemory<byte> data, bool suppressed = false)
    {
        bool mark;
        lock (_gate)
        {
            mark = suppressed && !_suppressing;
            _suppressing = suppressed;
        }

        if (!suppressed)
        {
            return DataAsync((byte)'i', data);
        }

        return mark ? EventAsync((byte)'m', SuppressedLabel) : ValueTask.CompletedTask;
    }

    public ValueTask ResizeAsync(int columns, int rows)
    {
        lock (_gate)
        {
            _header = _header with { Columns = columns, Rows = rows };
        }

        return EventAsync((byte)'r', string.Create(CultureInfo.InvariantCulture, $"{columns}x{rows}"));
    }

    /// <summary>A marker that the replay can jump to: a command, a hold, an approval.</summary>
    public ValueTask MarkAsync(PeerText label) => EventAsync((byte)'m', label);

    public ValueTask ExitAsync(int status) => EventAsync((byte)'x', status.ToString(CultureInfo.InvariantCulture));

    /// <summary>Closes the recording and seals its last part in the journal.</summary>
    /// <exception cref="RecordingFailedException">It could not be sealed.</exception>
    public async ValueTask CompleteAsync()
    {
        lock (_gate)
        {
            ThrowIfUnusable();
            Guard(FlushSplitCharacters);
            _closed = true;
        }

        await SealAsync(_part, last: true);
    }

    /// <summary>Seals what is there if it was not completed; a failure has been said to the writers before and is not
    /// repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            if (_closed || _failure is not null)
            {
                _part.Dispose();
                return;
            }
        }

        try
        {
            await CompleteAsync();
        }
        finally
        {
            _part.Dispose();
        }
    }

    private ValueTask EventAsync(byte code, PeerText text)
    {
        RecordingPart? full;
        lock (_gate)
        {
            ThrowIfUnusable();
            full = MakeRoom();
            Guard(() =>
                WriteEvent(code, text.Bytes.Span[..Math.Min(text.Bytes.Length, MaximumChunkBytes)], keepSplit: false));
        }

        return full is null ? ValueTask.CompletedTask : new ValueTask(SealAsync(full, last: false));
    }

    private ValueTask DataAsync(byte code, ReadOnlyMemory<byte> data)
    {
        List<RecordingPart>? full = null;
        lock (_gate)
        {
            ThrowIfUnusable();
            while (!data.IsEmpty)
            {
                if (MakeRoom() is { } filled)
                {
                    (full ??= []).Add(filled);
                }

                ReadOnlyMemory<byte> chunk =
                    data[..Math.Min(data.Length, MaximumChunkBytes - SplitCharacter.MaximumBytes)];
                try
                {
                    WriteEvent(code, chunk.Span, keepSplit: true);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    _failure = exception;
                    throw Failed(_header, exception);
                }

                data = data[chunk.Length..];
            }
        }

        return full is null ? ValueTask.CompletedTask : new ValueTask(SealAllAsync(full));
    }

    private void WriteEvent(byte code, ReadOnlySpan<byte> data, bool keepSplit)
    {
        long now = Now();
        AsciicastEncoder.OpenEvent(_line, now - _lastMicroseconds, code);
        int opened = _line.Length;
        try
        {
            if (keepSplit)
            {
                ref SplitCharacter split = ref code == (byte)'o' ? ref _output : ref _input;
                split.Write(_line, data);
            }
            else
            {
                WriteWhole(data);
            }

            if (_line.Length == opened && keepSplit)
            {
                return;
            }

            AsciicastEncoder.CloseEvent(_line);
            _part.Append(_line.Written, events: 1);
            _lastMicroseconds = now;
        }
        finally
        {
            // Gives the memory back: an idle session holds none.
            _line.Dispose();
        }
    }

    private void WriteWhole(ReadOnlySpan<byte> data)
    {
        if (AsciicastEncoder.WriteData(_line, data) > 0)
        {
            _line.Append("\uFFFD"u8);
        }
    }

    /// <summary>A character that never got its last byte is shown as one that is none.</summary>
    private void FlushSplitCharacters()
    {
        foreach (byte code in "oi"u8)
        {
            ref SplitCharacter split = ref code == (byte)'o' ? ref _output : ref _input;
            if (split.Take())
            {
                WriteEvent(code, "\uFFFD"u8, keepSplit: false);
            }
        }
    }

    /// <summary>Goes over to a new part when the next event might not fit; returns the one to seal.</summary>
    private RecordingPart? MakeRoom()
    {
        if (_part.Size + MaximumEventBytes <= _options.PartBytes || _part.Events == 0)
        {
            return null;
        }

        return NextPart();
    }

    // Apart from MakeRoom: its closure would be allocated for every event.
    private RecordingPart NextPart()
    {
        RecordingPart full = _part;
        Guard(() => _part = StartPart(full.Number + 1));
        return full;
    }

    private RecordingPart StartPart(int number)
    {
        var started = new RecordingPart(_session, _header.Channel, number);
        using var first = new PooledBuffer();
        AsciicastEncoder.WriteHeader(first, _header, _options.TimeProvider.GetUtcNow());
        started.Append(first.Written, events: 0);
        return started;
    }

    private async Task SealAllAsync(List<RecordingPart> full)
    {
        foreach (RecordingPart each in full)
        {
            await SealAsync(each, last: false);
        }
    }

    private async Task SealAsync(RecordingPart full, bool last)
    {
        try
        {
            // The fsync of a whole part takes a while: not on the caller's thread.
            RecordingSealed record = await Task.Run(() => full.Seal(last));
            await _session.Journal.AppendAsync(record);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                _failure = exception;
            }

            throw Failed(_header, exception);
        }
        finally
        {
            full.Dispose();
        }
    }

    private long Now() => (long)(_options.TimeProvider.GetElapsedTime(_startedAt).TotalSeconds * MicrosecondsPerSecond);

    private void ThrowIfUnusable()
    {
        if (_failure is not null)
        {
            throw Failed(_header, _failure);
        }

        ObjectDisposedException.ThrowIf(_closed, this);
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _failure = exception;
            throw Failed(_header, exception);
        }
    }

    internal static RecordingFailedException Failed(RecordingHeader header, Exception exception) => new(
        $"the recording of session {header.Session} cannot be written: {exception.Message}", exception);

    /// <summary>The bytes of a character whose rest comes with the next chunk.</summary>
    private struct SplitCharacter
    {
        public const int MaximumBytes = 3;

        private uint _bytes;
        private int _count;

        public void Write(PooledBuffer line, ReadOnlySpan<byte> data)
        {
            int left = _count == 0 ? AsciicastEncoder.WriteData(line, data) : WriteJoined(line, data);
            Keep(data.Length >= left ? data[^left..] : data, left);
        }

        /// <summary>Forgets the character; true when there was one.</summary>
        public bool Take()
        {
            bool had = _count > 0;
            _count = 0;
            return had;
        }

        private readonly int WriteJoined(PooledBuffer line, ReadOnlySpan<byte> data)
        {
            using var joined = new PooledBuffer();
            for (int index = 0; index < _count; index++)
            {
                joined.Append((byte)(_bytes >> (8 * index)));
            }

            joined.Append(data);
            return AsciicastEncoder.WriteData(line, joined.Written);
        }

        /// <summary>Keeps the last bytes of what was there and what came.</summary>
        private void Keep(ReadOnlySpan<byte> tail, int left)
        {
            if (tail.Length < left)
            {
                // The chunk was shorter than the rest of the character: what was kept stays in front of it.
                for (int index = 0; index < tail.Length; index++)
                {
                    _bytes |= (uint)tail[index] << (8 * (left - tail.Length + index));
                }

                _count = left;
                return;
            }

            (_bytes, _count) = (0, left);
            for (int index = 0; index < left; index++)
            {
                _bytes |= (uint)tail[index] << (8 * index);
            }
        }
    }
}
