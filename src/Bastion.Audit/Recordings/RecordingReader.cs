using System.Text;
using System.Text.Json;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>One event of a recording.</summary>
/// <param name="At">Since the start of the recording.</param>
/// <param name="Code">`o` output, `i` input, `r` resize, `m` marker, `x` exit; others may come.</param>
/// <param name="Data">What a peer sent, mostly: never markup.</param>
public sealed record RecordingEvent(TimeSpan At, char Code, string Data);

/// <summary>Reads the recordings of a data directory, also of a session that is still running.</summary>
public sealed class RecordingReader(string dataDirectory, IFileSystem? fileSystem = null)
{
    private const int CopyBufferBytes = 64 * 1024;

    private readonly string directory = Path.Combine(dataDirectory, "recordings");
    private readonly IFileSystem files = fileSystem ?? PhysicalFileSystem.Instance;

    /// <summary>Numbers of the recorded channels of a session, ascending; none when there is no such session.</summary>
    public IReadOnlyList<int> Channels(string session) =>
        [.. Parts(session).Select(part => part.Channel).Distinct().Order()];

    /// <summary>
    /// Writes one channel as one asciicast: the header of the first part, then the events of all. The intervals join
    /// without change. A last line that is still being written, or that a crash cut short, is left out.
    /// </summary>
    /// <returns>False when there is no such recording.</returns>
    public async Task<bool> WriteAsciicastAsync(string session, int channel, Stream destination, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        (int Channel, int Part)[] parts = [.. Parts(session).Where(part => part.Channel == channel).OrderBy(part => part.Part)];
        for (int index = 0; index < parts.Length; index++)
        {
            using IFile file = OpenPart(session, channel, parts[index].Part);
            long end = EndOfLastLine(file);
            long start = index == 0 ? 0 : Math.Min(EndOfFirstLine(file), end);
            await CopyAsync(file, start, end, destination, cancellationToken);
        }
        return parts.Length > 0;
    }

    /// <summary>The events of one channel in order. Lines that are no events are passed over.</summary>
    public IEnumerable<RecordingEvent> Events(string session, int channel)
    {
        TimeSpan at = TimeSpan.Zero;
        foreach ((int _, int number) in Parts(session).Where(part => part.Channel == channel).OrderBy(part => part.Part))
        {
            using IFile file = OpenPart(session, channel, number);
            foreach (string line in Lines(file).Skip(1))
            {
                if (Parse(line) is { } parsed)
                {
                    at += parsed.Interval;
                    yield return new RecordingEvent(at, parsed.Code, parsed.Data);
                }
            }
        }
    }

    private IEnumerable<(int Channel, int Part)> Parts(string session)
    {
        string path = Path.Combine(directory, session);
        if (!RecordingPath.IsSessionId(session) || !files.DirectoryExists(path))
        {
            return [];
        }
        return files.List(path)
            .Where(entry => entry.Kind == EntryKind.File)
            .Select(entry => RecordingPath.TryParse($"{session}/{entry.Name}", out _, out int channel, out int part) ? (channel, part) : default)
            .Where(part => part.part > 0);
    }

    private IFile OpenPart(string session, int channel, int part) =>
        files.OpenRead(Path.Combine(directory, RecordingPath.Part(session, channel, part)));

    private static async Task CopyAsync(IFile file, long start, long end, Stream destination, CancellationToken cancellationToken)
    {
        var buffer = new byte[CopyBufferBytes];
        while (start < end)
        {
            int read = file.Read(buffer.AsSpan(0, (int)Math.Min(buffer.Length, end - start)), start);
            if (read == 0)
            {
                return;
            }
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            start += read;
        }
    }

    private static long EndOfFirstLine(IFile file)
    {
        var buffer = new byte[CopyBufferBytes];
        long offset = 0;
        for (int read = file.Read(buffer, offset); read > 0; read = file.Read(buffer, offset))
        {
            int feed = buffer.AsSpan(0, read).IndexOf((byte)'\n');
            if (feed >= 0)
            {
                return offset + feed + 1;
            }
            offset += read;
        }
        return offset;
    }

    private static long EndOfLastLine(IFile file)
    {
        var buffer = new byte[CopyBufferBytes];
        long end = file.Length;
        while (end > 0)
        {
            long start = Math.Max(0, end - buffer.Length);
            int read = file.Read(buffer.AsSpan(0, (int)(end - start)), start);
            int feed = buffer.AsSpan(0, read).LastIndexOf((byte)'\n');
            if (feed >= 0)
            {
                return start + feed + 1;
            }
            end = start;
        }
        return 0;
    }

    private static IEnumerable<string> Lines(IFile file)
    {
        using var reader = new StreamReader(new FileReadStream(file, EndOfLastLine(file)), Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    private static (TimeSpan Interval, char Code, string Data)? Parse(string line)
    {
        if (!line.StartsWith('['))
        {
            return null;
        }
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            JsonElement root = document.RootElement;
            return root.GetArrayLength() == 3 && root[1].GetString() is [var code] && root[2].GetString() is { } data
                ? (TimeSpan.FromSeconds(root[0].GetDouble()), code, data)
                : null;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
