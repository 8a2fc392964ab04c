using System.Globalization;
using Bastion.Audit.Canonical;
using Bastion.Audit.Records;

namespace Bastion.Audit.Recordings;

/// <summary>
/// Records one channel as asciicast v3. Each call returns after the operating system has the bytes, so that they survive
/// the death of this process, and before the caller forwards them. Both directions may call at the same time. Any failure
/// is final: every later call fails too, and the session must end.
/// </summary>
public sealed class RecordingWriter : IAsyncDisposable
{
    // One event is written at a time; in JSON its bytes take at most six times their length.
    private const int MaxChunkBytes = 32 * 1024;
    private const int MaxEventBytes = (MaxChunkBytes * 6) + 128;

    private const long MicrosecondsPerSecond = 1_000_000;

    private const string SuppressedLabel = "input not recorded";

    private readonly SessionRecordings session;
    private readonly RecordingOptions options;
    private readonly long startedAt;

    private readonly Lock gate = new();
    private readonly PooledBuffer line = new();
    private RecordingHeader header;
    private RecordingPart part;
    private long lastMicroseconds;
    private SplitCharacter output;
    private SplitCharacter input;
    private bool suppressing;
    private bool closed;
    private Exception? failure;

    /// <summary>Creates the first part with its header.</summary>
    internal RecordingWriter(SessionRecordings session, RecordingHeader header)
    {
        this.session = session;
        this.header = header;
        options = session.Options;
        startedAt = options.TimeProvider.GetTimestamp();
        part = StartPart(1);
    }

    /// <summary>Bytes from the target, before they are forwarded to the client.</summary>
    public ValueTask OutputAsync(ReadOnlyMemory<byte> data) => DataAsync((byte)'o', data);

    /// <summary>
    /// Bytes from the client, before they are forwarded to the target. With <paramref name="suppressed"/> (a prompt without
    /// echo) neither the bytes nor their number are kept, only that something was typed.
    /// </summary>
    public ValueTask InputAsync(ReadOnlyMemory<byte> data, bool suppressed = false)
    {
        bool mark;
        lock (gate)
        {
            mark = suppressed && !suppressing;
            suppressing = suppressed;
        }
        if (!suppressed)
        {
            return DataAsync((byte)'i', data);
        }
        return mark ? EventAsync((byte)'m', SuppressedLabel) : ValueTask.CompletedTask;
    }

    public ValueTask ResizeAsync(int columns, int rows)
    {
        lock (gate)
        {
            header = header with { Columns = columns, Rows = rows };
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
        lock (gate)
        {
            ThrowIfUnusable();
            Guard(FlushSplitCharacters);
            closed = true;
        }
        await SealAsync(part, last: true);
    }

    /// <summary>Seals what is there if it was not completed; a failure has been said to the writers before and is not repeated.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (gate)
        {
            if (closed || failure is not null)
            {
                part.Dispose();
                return;
            }
        }
        try
        {
            await CompleteAsync();
        }
        finally
        {
            part.Dispose();
        }
    }

    private ValueTask EventAsync(byte code, PeerText text)
    {
        RecordingPart? full;
        lock (gate)
        {
            ThrowIfUnusable();
            full = MakeRoom();
            Guard(() => WriteEvent(code, text.Bytes.Span[..Math.Min(text.Bytes.Length, MaxChunkBytes)], keepSplit: false));
        }
        return full is null ? ValueTask.CompletedTask : new ValueTask(SealAsync(full, last: false));
    }

    private ValueTask DataAsync(byte code, ReadOnlyMemory<byte> data)
    {
        List<RecordingPart>? full = null;
        lock (gate)
        {
            ThrowIfUnusable();
            while (!data.IsEmpty)
            {
                if (MakeRoom() is { } filled)
                {
                    (full ??= []).Add(filled);
                }
                ReadOnlyMemory<byte> chunk = data[..Math.Min(data.Length, MaxChunkBytes - SplitCharacter.MaxBytes)];
                try
                {
                    WriteEvent(code, chunk.Span, keepSplit: true);
                }
                catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
                {
                    failure = exception;
                    throw Failed(header, exception);
                }
                data = data[chunk.Length..];
            }
        }
        return full is null ? ValueTask.CompletedTask : new ValueTask(SealAllAsync(full));
    }

    private void WriteEvent(byte code, ReadOnlySpan<byte> data, bool keepSplit)
    {
        long now = Now();
        AsciicastEncoder.OpenEvent(line, now - lastMicroseconds, code);
        int opened = line.Length;
        try
        {
            if (keepSplit)
            {
                ref SplitCharacter split = ref code == (byte)'o' ? ref output : ref input;
                split.Write(line, data);
            }
            else
            {
                WriteWhole(data);
            }
            if (line.Length == opened && keepSplit)
            {
                return;
            }
            AsciicastEncoder.CloseEvent(line);
            part.Append(line.Written, events: 1);
            lastMicroseconds = now;
        }
        finally
        {
            // Gives the memory back: an idle session holds none.
            line.Dispose();
        }
    }

    private void WriteWhole(ReadOnlySpan<byte> data)
    {
        if (AsciicastEncoder.WriteData(line, data) > 0)
        {
            line.Append("\uFFFD"u8);
        }
    }

    /// <summary>A character that never got its last byte is shown as one that is none.</summary>
    private void FlushSplitCharacters()
    {
        foreach (byte code in "oi"u8)
        {
            ref SplitCharacter split = ref code == (byte)'o' ? ref output : ref input;
            if (split.Take())
            {
                WriteEvent(code, "\uFFFD"u8, keepSplit: false);
            }
        }
    }

    /// <summary>Goes over to a new part when the next event might not fit; returns the one to seal.</summary>
    private RecordingPart? MakeRoom()
    {
        if (part.Size + MaxEventBytes <= options.PartBytes || part.Events == 0)
        {
            return null;
        }
        return NextPart();
    }

    // Apart from MakeRoom: its closure would be allocated for every event.
    private RecordingPart NextPart()
    {
        RecordingPart full = part;
        Guard(() => part = StartPart(full.Number + 1));
        return full;
    }

    private RecordingPart StartPart(int number)
    {
        var started = new RecordingPart(session, header.Channel, number);
        using var first = new PooledBuffer();
        AsciicastEncoder.WriteHeader(first, header, options.TimeProvider.GetUtcNow());
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
            await session.Journal.AppendAsync(record);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            lock (gate)
            {
                failure = exception;
            }
            throw Failed(header, exception);
        }
        finally
        {
            full.Dispose();
        }
    }

    private long Now() => (long)(options.TimeProvider.GetElapsedTime(startedAt).TotalSeconds * MicrosecondsPerSecond);

    private void ThrowIfUnusable()
    {
        if (failure is not null)
        {
            throw Failed(header, failure);
        }
        ObjectDisposedException.ThrowIf(closed, this);
    }

    private void Guard(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            failure = exception;
            throw Failed(header, exception);
        }
    }

    internal static RecordingFailedException Failed(RecordingHeader header, Exception exception) => new(
        $"the recording of session {header.Session} cannot be written: {exception.Message}", exception);

    /// <summary>The bytes of a character whose rest comes with the next chunk.</summary>
    private struct SplitCharacter
    {
        public const int MaxBytes = 3;

        private uint bytes;
        private int count;

        public void Write(PooledBuffer line, ReadOnlySpan<byte> data)
        {
            int left = count == 0 ? AsciicastEncoder.WriteData(line, data) : WriteJoined(line, data);
            Keep(data.Length >= left ? data[^left..] : data, left);
        }

        /// <summary>Forgets the character; true when there was one.</summary>
        public bool Take()
        {
            bool had = count > 0;
            count = 0;
            return had;
        }

        private readonly int WriteJoined(PooledBuffer line, ReadOnlySpan<byte> data)
        {
            using var joined = new PooledBuffer();
            for (int index = 0; index < count; index++)
            {
                joined.Append((byte)(bytes >> (8 * index)));
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
                    bytes |= (uint)tail[index] << (8 * (left - tail.Length + index));
                }
                count = left;
                return;
            }
            (bytes, count) = (0, left);
            for (int index = 0; index < left; index++)
            {
                bytes |= (uint)tail[index] << (8 * index);
            }
        }
    }
}
