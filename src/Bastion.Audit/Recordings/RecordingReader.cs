using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bastion.Audit.Recordings.Sealing;
using Bastion.Audit.Storage;

namespace Bastion.Audit.Recordings;

/// <summary>One event of a recording.</summary>
/// <param name="At">Since the start of the recording.</param>
/// <param name="Code">`o` output, `i` input, `r` resize, `m` marker, `x` exit; others may come.</param>
/// <param name="Data">What a peer sent, mostly: never markup.</param>
public sealed record RecordingEvent(TimeSpan At, char Code, string Data);

/// <summary>A place between two events, from which reading can go on without what came before.</summary>
/// <param name="Part">Number of the part; 0 for the beginning.</param>
/// <param name="Frame">Number of the next frame in it.</param>
/// <param name="At">Time of the event before, since the start of the recording.</param>
public readonly record struct RecordingPlace(int Part, long Frame, TimeSpan At);

/// <summary>The recording is there, but none of the keys at hand opens it. The message says which key would, or that it
/// was destroyed.</summary>
public sealed class RecordingLockedException(string message) : IOException(message);

/// <summary>Reads the recordings of a data directory, also of a session that is still running.</summary>
/// <param name="dataDirectory">Recordings lie in `recordings/` below it.</param>
/// <param name="keys">What opens them.</param>
/// <param name="fileSystem">Where it lies.</param>
public sealed class RecordingReader(string dataDirectory, RecordingKeyRing keys, IFileSystem? fileSystem = null)
{
    private readonly string _directory = Path.Combine(dataDirectory, "recordings");
    private readonly IFileSystem _files = fileSystem ?? PhysicalFileSystem.Instance;

    /// <summary>Numbers of the recorded channels of a session, ascending; none when there is no such session.</summary>
    public IReadOnlyList<int> Channels(string session) =>
        [.. Parts(session).Select(part => part.Channel).Distinct().Order()];

    /// <summary>Why recordings of this session cannot be read here, one line; null when they can.</summary>
    public string? WhyLocked(string session)
    {
        string? why = TryUnlock(session, out byte[]? dataKey);
        CryptographicOperations.ZeroMemory(dataKey);
        return why;
    }

    /// <summary>
    /// Writes one channel as one asciicast: the header of the first part, then the events of all. The intervals join
    /// without change. An event that is still being written, or that a crash cut short, is left out. Where bytes were
    /// changed a marker says so, and the next part goes on.
    /// </summary>
    /// <returns>False when there is no such recording.</returns>
    /// <exception cref="RecordingLockedException">No key opens it.</exception>
    public async Task<bool> WriteAsciicastAsync(string session, int channel, Stream destination,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        bool any = false;
        foreach ((ReadOnlyMemory<byte> text, _, _) in Texts(session, channel, default))
        {
            any = true;
            await destination.WriteAsync(text, cancellationToken);
        }

        return any;
    }

    /// <summary>The events of one channel in order. Lines that are no events are passed over.</summary>
    /// <exception cref="RecordingLockedException">No key opens it.</exception>
    public IEnumerable<RecordingEvent> Events(string session, int channel) =>
        EventsFrom(session, channel, default).Select(passed => passed.Event);

    /// <summary>The events after a place, each with the place that follows it, where one can be taken up.</summary>
    /// <exception cref="RecordingLockedException">No key opens it.</exception>
    public IEnumerable<(RecordingEvent Event, RecordingPlace? After)> EventsFrom(string session, int channel,
        RecordingPlace place)
    {
        TimeSpan at = place.At;
        foreach ((ReadOnlyMemory<byte> text, int part, long frame) in Texts(session, channel, place))
        {
            string[] lines = Encoding.UTF8.GetString(text.Span).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            for (int index = 0; index < lines.Length; index++)
            {
                if (Parse(lines[index]) is { } parsed)
                {
                    at += parsed.Interval;
                    RecordingPlace? after = index == lines.Length - 1 ? new RecordingPlace(part, frame + 1, at) : null;
                    yield return (new RecordingEvent(at, parsed.Code, parsed.Data), after);
                }
            }
        }
    }

    /// <summary>The header line of a channel's recording, as asciicast v3 has it; null when there is none.</summary>
    /// <exception cref="RecordingLockedException">No key opens it.</exception>
    public string? Header(string session, int channel) => Texts(session, channel, default)
        .Select(piece => Encoding.UTF8.GetString(piece.Text.Span).TrimEnd('\n')).FirstOrDefault();

    /// <summary>Names of the files of a session's recordings as they lie on disk: the parts and the wrapped
    /// key.</summary>
    public IReadOnlyList<string> Files(string session)
    {
        string path = Path.Combine(_directory, session);
        return !RecordingPath.IsSessionId(session) || !_files.DirectoryExists(path)
            ? []
            : [.. _files.List(path).Where(entry => entry.Kind == EntryKind.File && IsOurs(session, entry.Name))
            .Select(entry => entry.Name)];
    }

    /// <summary>Copies one of <see cref="Files"/>, still locked. Of a part that is being written, what is
    /// there.</summary>
    public async Task CopyFileAsync(string session, string name, Stream destination,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        if (!IsOurs(session, name))
        {
            throw new ArgumentException($"`{name}` is no file of a recording", nameof(name));
        }

        using IFile file = _files.OpenRead(Path.Combine(_directory, session, name));
        await new FileReadStream(file, file.Length).CopyToAsync(destination, cancellationToken);
    }

    private static bool IsOurs(string session, string name) =>
        (name == SessionKeyFile.Name && RecordingPath.IsSessionId(session))
        || RecordingPath.TryParse($"{session}/{name}", out _, out _, out _);

    /// <summary>
    /// The asciicast in pieces of whole lines: the first part's header, then all events. A piece is valid until the
    /// next.
    /// </summary>
    private IEnumerable<(ReadOnlyMemory<byte> Text, int Part, long Frame)> Texts(string session, int channel,
        RecordingPlace place)
    {
        int[] parts =
        [
            .. Parts(session).Where(part => part.Channel == channel && part.Part >= place.Part)
                .Select(part => part.Part).Order(),
        ];
        if (parts.Length == 0)
        {
            yield break;
        }

        if (TryUnlock(session, out byte[]? dataKey) is { } locked)
        {
            throw new RecordingLockedException(locked);
        }

        foreach (int number in parts)
        {
            string name = RecordingPath.Part(session, channel, number);
            using IFile file = _files.OpenRead(Path.Combine(_directory, name));
            using var reader = new PartReader(file, dataKey, name);
            if (number == place.Part)
            {
                reader.SkipTo(place.Frame);
            }

            while (reader.TryRead(out ReadOnlyMemory<byte> text))
            {
                // Later parts begin with the header once more.
                if (reader.Frames > 1 || (place.Part == 0 && number == parts[0]))
                {
                    yield return (text, number, reader.Frames - 1);
                }
            }

            if (reader.End == PartEnd.Damaged)
            {
                yield return (DamageMarker(name, reader.Frames), number, reader.Frames);
            }
        }

        CryptographicOperations.ZeroMemory(dataKey);
    }

    private string? TryUnlock(string session, out byte[]? dataKey)
    {
        dataKey = null;
        byte[]? bytes = RecordingPath.IsSessionId(session)
            ? SessionKeyFile.ReadBytes(_files, RecordingPath.Key(_directory, session))
            : null;
        if (bytes is null)
        {
            return $"the recordings of session {session} have no key (any more): it was destroyed after their "
                + "retention, or lost";
        }

        if (SessionKeyFile.Parse(bytes) is not { } file)
        {
            return $"the key of the recordings of session {session} is damaged";
        }

        dataKey = file.Unwrap(keys, session);
        return dataKey is null
            ? $"the recordings of session {session} are locked for key {file.Recipient}, which is not here"
            : null;
    }

    private IEnumerable<(int Channel, int Part)> Parts(string session)
    {
        string path = Path.Combine(_directory, session);
        if (!RecordingPath.IsSessionId(session) || !_files.DirectoryExists(path))
        {
            return [];
        }

        return _files.List(path)
            .Where(entry => entry.Kind == EntryKind.File)
            .Select(entry => RecordingPath.TryParse($"{session}/{entry.Name}", out _, out int channel, out int part)
            ? (channel, part)
            : default)
            .Where(part => part.part > 0);
    }

    private static byte[] DamageMarker(string part, long frame) =>
        Encoding.UTF8.GetBytes(
        $"[0.000000,\"m\",\"damaged: from frame {frame} on {part} is not what was recorded\"]\n");

    private static (TimeSpan Interval, char Code, string Data)? Parse(string line)
    {
        if (!line.StartsWith('['))
        {
            return null;
        }

        try
        {
            using var document = JsonDocument.Parse(line);
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
