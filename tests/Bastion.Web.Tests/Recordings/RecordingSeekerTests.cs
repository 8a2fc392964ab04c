using System.Globalization;
using System.Text;
using System.Text.Json;
using Bastion.Analysis.Terminal;
using Bastion.Audit.Recordings;
using Bastion.Control.Sessions;
using Bastion.Web.Recordings;

namespace Bastion.Web.Tests.Recordings;

public sealed class RecordingSeekerTests
{
    [Fact]
    public async Task A_jump_shows_the_screen_as_it_was_and_goes_on_from_there_also_from_a_keyframe()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        await RecordAsync(world, session.Id);
        RecordingReader reader = world.Gateway.Recordings;
        RecordingEvent[] all = [.. reader.Events(session.Id, 0)];
        var seeker = new RecordingSeeker(reader);

        // The last first: it leaves the keyframes that the others begin at.
        foreach (int second in new[] { 590, 300, 299, 450, 1, 10_000 })
        {
            var from = TimeSpan.FromSeconds(second);
            (int columns, int rows, string? first, IReadOnlyList<string>? rest) =
                await JumpAsync(seeker, session.Id, from);

            var screen = new ReplayScreen(80, 24);
            foreach (RecordingEvent? happened in all.Where(one => one.At < from))
            {
                if (happened.Code == 'r')
                {
                    screen.Resize(100, 30);
                }
                else
                {
                    screen.Write(happened.Data);
                }
            }

            Assert.Equal(second > 100 ? (100, 30) : (80, 24), (columns, rows));
            Assert.Equal(screen.Redraw(), first);
            Assert.Equal(all.Where(one => one.At >= from).Select(one => one.Data), rest);
        }
    }

    [Fact]
    public async Task The_route_takes_a_moment_and_gives_an_asciicast_from_there()
    {
        await using ApiWorld world = await ApiWorld.StartAsync();
        Session session = await world.SessionAsync();
        await RecordAsync(world, session.Id);

        using HttpResponseMessage answer = await world.SendAsync(
            HttpMethod.Get, $"/api/sessions/{session.Id}/recording?from=599", await world.TokenAsync("carol"));

        string[] lines = (await answer.Content.ReadAsStringAsync()).TrimEnd().Split('\n');
        Assert.Contains("\"version\":3", lines[0], StringComparison.Ordinal);
        Assert.InRange(lines.Length, 3, 6);
        Assert.Contains("line 598", lines[1], StringComparison.Ordinal);
    }

    /// <summary>Ten minutes, a thousand characters a second, a larger window after a hundred.</summary>
    private static async Task RecordAsync(ApiWorld world, string session)
    {
        using var recordings = new SessionRecordings(world.Gateway.Journal, world.Gateway.RecordingOptions, session);
        await using RecordingWriter recording = recordings.Start(new RecordingHeader(session, 0, 80, 24));
        for (int second = 1; second <= 600; second++)
        {
            world.Time.Advance(TimeSpan.FromSeconds(1));
            if (second == 100)
            {
                await recording.ResizeAsync(100, 30);
            }

            string text = string.Create(CultureInfo.InvariantCulture,
                $"\u001b[1mline {second}\u001b[0m {new string('.', 1000)}\r\n");
            // A sequence that is cut between two chunks, as reads from a target cut them.
            await recording.OutputAsync(Encoding.UTF8.GetBytes(text[..2]));
            await recording.OutputAsync(Encoding.UTF8.GetBytes(text[2..]));
        }
    }

    private static async Task<(int Columns, int Rows, string First, IReadOnlyList<string> Following)> JumpAsync(
        RecordingSeeker seeker, string session, TimeSpan from)
    {
        using var stream = new MemoryStream();
        await seeker.WriteFromAsync(session, 0, from, stream, CancellationToken.None);
        string[] lines = Encoding.UTF8.GetString(stream.ToArray()).TrimEnd('\n').Split('\n');
        JsonElement terminal = JsonDocument.Parse(lines[0]).RootElement.GetProperty("term");
        string[] events = [.. lines.Skip(1).Select(line => JsonDocument.Parse(line).RootElement[2].GetString()!)];
        return (terminal.GetProperty("cols").GetInt32(), terminal.GetProperty("rows").GetInt32(), events[0],
            events[1..]);
    }
}
