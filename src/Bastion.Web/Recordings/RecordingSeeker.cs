using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Bastion.Analysis.Terminal;
using Bastion.Audit.Recordings;

namespace Bastion.Web.Recordings;

/// <summary>
/// A recording from a moment on: first what the screen showed then, drawn at once, then what followed. The first jump
/// into a recording reads up to there and remembers a keyframe every now and then; later ones begin at the nearest.
/// </summary>
internal sealed class RecordingSeeker(RecordingReader recordings)
{
    /// <summary>Characters of output between two keyframes: drawn in some milliseconds.</summary>
    private const int KeyframeInterval = 256 * 1024;

    /// <summary>Of one recording; a longer one keeps the first, and reads on from the last.</summary>
    private const int MaximumKeyframes = 400;

    /// <summary>Recordings whose keyframes are remembered: those that auditors look at now.</summary>
    private const int MaximumRecordings = 16;

    private static readonly JsonSerializerOptions Relaxed = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    private readonly Lock _lock = new();
    private readonly LinkedList<(string Session, int Channel, List<Keyframe> Frames)> _known = new();

    private sealed record Keyframe(RecordingPlace Place, int Columns, int Rows, string Screen);

    /// <summary>Writes an asciicast whose time 0 is <paramref name="from"/>.</summary>
    /// <exception cref="RecordingLockedException">No key opens it.</exception>
    public async Task WriteFromAsync(
        string session, int channel, TimeSpan from, Stream destination, CancellationToken cancellationToken)
    {
        JsonObject header = JsonNode.Parse(recordings.Header(session, channel) ?? "{}")!.AsObject();
        Keyframe nearest = KeyframeBefore(session, channel, from) ?? FirstOf(header);
        var state = new Replay(nearest);
        TimeSpan previous = from;
        bool begun = false;
        foreach ((RecordingEvent? happened, RecordingPlace? after) in recordings.EventsFrom(session, channel,
            nearest.Place))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (happened.At < from || (!begun && !state.Screen.IsSettled))
            {
                state.Take(happened);
                if (after is { } place && state.IsDue)
                {
                    Remember(session, channel, state.Frame(place));
                }

                continue;
            }

            if (!begun)
            {
                await BeginAsync(header, state, destination, cancellationToken);
                begun = true;
            }

            await WriteAsync(destination, happened.At - previous, happened.Code, happened.Data, cancellationToken);
            previous = happened.At;
        }

        if (!begun)
        {
            await BeginAsync(header, state, destination, cancellationToken);
        }
    }

    private static async Task BeginAsync(JsonObject header, Replay state, Stream destination,
        CancellationToken cancellationToken)
    {
        if (header["term"] is JsonObject terminal)
        {
            (terminal["cols"], terminal["rows"]) = (state.Columns, state.Rows);
        }

        await destination.WriteAsync(Encoding.UTF8.GetBytes(header.ToJsonString(Relaxed) + "\n"), cancellationToken);
        await WriteAsync(destination, TimeSpan.Zero, 'o', state.Screen.Redraw(), cancellationToken);
    }

    private static ValueTask WriteAsync(
        Stream destination, TimeSpan interval, char code, string data, CancellationToken cancellationToken) =>
        destination.WriteAsync(
            Encoding.UTF8.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"[{interval.TotalSeconds:0.000000},\"{code}\",{JsonSerializer.Serialize(data, Relaxed)}]\n")),
            cancellationToken);

    private static Keyframe FirstOf(JsonObject header)
    {
        var terminal = header["term"] as JsonObject;
        return new Keyframe(default, (int?)terminal?["cols"] ?? 80, (int?)terminal?["rows"] ?? 24, "");
    }

    private Keyframe? KeyframeBefore(string session, int channel, TimeSpan from)
    {
        lock (_lock)
        {
            return Find(session, channel)?.Value.Frames.LastOrDefault(frame => frame.Place.At < from);
        }
    }

    private void Remember(string session, int channel, Keyframe frame)
    {
        lock (_lock)
        {
            if (Find(session, channel) is not { } node)
            {
                node = _known.AddFirst((session, channel, []));
                if (_known.Count > MaximumRecordings)
                {
                    _known.RemoveLast();
                }
            }

            List<Keyframe> frames = node.Value.Frames;
            if (frames.Count < MaximumKeyframes && (frames.Count == 0 || frames[^1].Place.At < frame.Place.At))
            {
                frames.Add(frame);
            }
        }
    }

    /// <summary>The recording looked at, moved to the front.</summary>
    private LinkedListNode<(string Session, int Channel, List<Keyframe> Frames)>? Find(string session, int channel)
    {
        for (LinkedListNode<(string Session, int Channel, List<Keyframe> Frames)>? node = _known.First;
            node is not null; node = node.Next)
        {
            if (node.Value.Session == session && node.Value.Channel == channel)
            {
                _known.Remove(node);
                _known.AddFirst(node);
                return node;
            }
        }

        return null;
    }

    /// <summary>The screen while it is read forward.</summary>
    private sealed class Replay
    {
        private long _sinceKeyframe;

        public Replay(Keyframe from)
        {
            (Columns, Rows) = (from.Columns, from.Rows);
            Screen = new ReplayScreen(Columns, Rows);
            Screen.Write(from.Screen);
        }

        public int Columns { get; private set; }

        public int Rows { get; private set; }

        public ReplayScreen Screen { get; }

        public bool IsDue => _sinceKeyframe >= KeyframeInterval && Screen.IsSettled;

        public void Take(RecordingEvent happened)
        {
            if (happened.Code == 'o')
            {
                Screen.Write(happened.Data);
                _sinceKeyframe += happened.Data.Length;
            }
            else if (happened.Code == 'r' && happened.Data.Split('x') is [var columns, var rows]
                && int.TryParse(columns, NumberStyles.None, CultureInfo.InvariantCulture, out int width)
                && int.TryParse(rows, NumberStyles.None, CultureInfo.InvariantCulture, out int height))
            {
                (Columns, Rows) = (width, height);
                Screen.Resize(width, height);
            }
        }

        public Keyframe Frame(RecordingPlace place)
        {
            _sinceKeyframe = 0;
            return new Keyframe(place, Columns, Rows, Screen.Redraw());
        }
    }
}
