using System.Buffers;
using System.Globalization;
using Bastion.Audit.Recordings.Sealing;

namespace Bastion.Audit.Recordings;

/// <summary>Where a recording lies below the recordings directory. Built from our own identifiers only, never from peer
/// text.</summary>
public static class RecordingPath
{
    private const int MaximumSessionIdLength = 64;

    private static readonly SearchValues<char> SessionIdCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    /// <summary>1 to 64 of ASCII letters, digits, `-` and `_`: safe as a directory name and in a shell.</summary>
    public static bool IsSessionId(string? text) =>
        text is { Length: > 0 and <= MaximumSessionIdLength } && !text.AsSpan().ContainsAnyExcept(SessionIdCharacters);

    /// <summary>The file with the wrapped key of a session's recordings.</summary>
    internal static string Key(string directory, string session) =>
        IsSessionId(session)
            ? Path.Combine(directory, session, SessionKeyFile.Name)
            : throw new ArgumentException($"`{session}` is no session identifier", nameof(session));

    /// <summary>`SESSION/channel-C.part-PPP.cast.enc`.</summary>
    public static string Part(string session, int channel, int part)
    {
        if (!IsSessionId(session))
        {
            throw new ArgumentException($"`{session}` is no session identifier", nameof(session));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(channel);
        ArgumentOutOfRangeException.ThrowIfLessThan(part, 1);
        return string.Create(CultureInfo.InvariantCulture, $"{session}/channel-{channel}.part-{part:d3}.cast.enc");
    }

    /// <summary>Reads back what <see cref="Part"/> made.</summary>
    public static bool TryParse(string path, out string session, out int channel, out int part)
    {
        (session, channel, part) = ("", 0, 0);
        int slash = path.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || !IsSessionId(path[..slash]))
        {
            return false;
        }

        string[] pieces = path[(slash + 1)..].Split('.');
        bool parsed = pieces is [['c', 'h', 'a', 'n', 'n', 'e', 'l', '-', .. var c],
            ['p', 'a', 'r', 't', '-', .. var p], "cast", "enc"]
            && int.TryParse(c, NumberStyles.None, CultureInfo.InvariantCulture, out channel)
            && int.TryParse(p, NumberStyles.None, CultureInfo.InvariantCulture, out part);
        session = path[..slash];
        return parsed && part >= 1 && Part(session, channel, part) == path;
    }
}
