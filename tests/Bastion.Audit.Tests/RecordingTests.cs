using System.Text;
using System.Text.Json;
using Bastion.Audit.Notes;
using Bastion.Audit.Recordings;

namespace Bastion.Audit.Tests;

public sealed class RecordingTests : IAsyncLifetime, IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly ManualTime _time = new();
    private Journal _journal = null!;

    public async Task InitializeAsync() => _journal = await Journal.OpenAsync(
        _directory.Path, new JournalOptions
        {
            Signer = Ed25519NoteSigner.Generate("bastion.test/journal"),
            TimeProvider = _time,
        });

    public async Task DisposeAsync() => await _journal.DisposeAsync();

    public void Dispose() => _directory.Dispose();

    private RecordingWriter Start(long partBytes = 20_000_000) => new SessionRecordings(
        _journal,
        new RecordingOptions
        {
            DataDirectory = _directory.Path,
            Lock = SampleJournal.RecordingKey.PublicKey,
            TimeProvider = _time,
            PartBytes = partBytes,
        },
        "s1").Start(new RecordingHeader("s1", 0, 80, 24) { TerminalType = "xterm" });

    private RecordingReader Reader => new(_directory.Path, SampleJournal.KeyRing);

    private async Task<string> AsciicastAsync()
    {
        using var stream = new MemoryStream();
        Assert.True(await Reader.WriteAsciicastAsync("s1", 0, stream));
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public async Task A_recording_is_asciicast_v3_with_relative_times()
    {
        await using (RecordingWriter writer = Start())
        {
            _time.Advance(TimeSpan.FromMilliseconds(248));
            await writer.OutputAsync("\u001b[1mhi\"\r\n"u8.ToArray());
            _time.Advance(TimeSpan.FromSeconds(1));
            await writer.InputAsync("ls\r"u8.ToArray());
            await writer.ResizeAsync(132, 50);
            await writer.MarkAsync("held: rm -rf /srv");
            await writer.ExitAsync(0);
        }

        string expected = $$"""
            {"version":3,"term":{"cols":80,"rows":24,"type":"xterm"},"timestamp":{{ManualTime.Start.ToUnixTimeSeconds()}}}
            [0.248000,"o","\u001b[1mhi\"\r\n"]
            [1.000000,"i","ls\r"]
            [0.000000,"r","132x50"]
            [0.000000,"m","held: rm -rf /srv"]
            [0.000000,"x","0"]

            """;
        Assert.Equal(expected, await AsciicastAsync());
    }

    [Fact]
    public async Task What_is_typed_at_a_prompt_without_echo_leaves_neither_bytes_nor_length()
    {
        await using (RecordingWriter writer = Start())
        {
            await writer.InputAsync("s3cret"u8.ToArray(), suppressed: true);
            await writer.InputAsync("more"u8.ToArray(), suppressed: true);
            await writer.InputAsync("ls"u8.ToArray());
        }

        RecordingEvent[] events = [.. Reader.Events("s1", 0)];
        Assert.Equal(["m input not recorded", "i ls"], events.Select(each => $"{each.Code} {each.Data}"));
    }

    [Fact]
    public async Task Characters_split_over_chunks_arrive_whole_and_invalid_bytes_stay_visible()
    {
        byte[] text = Encoding.UTF8.GetBytes("é漢😀x");
        await using (RecordingWriter writer = Start())
        {
            foreach (byte each in text)
            {
                await writer.OutputAsync(new[] { each });
            }

            await writer.OutputAsync(new byte[] { 0xFF, (byte)'y', 0xE6, 0xBC });
        }

        string output = string.Concat(Reader.Events("s1", 0).Select(each => each.Data));
        Assert.Equal("é漢😀x\uFFFDy\uFFFD", output);
    }

    [Fact]
    public async Task A_long_recording_goes_on_in_parts_that_are_each_sealed_and_read_back_as_one()
    {
        const long PartBytes = 400_000;
        var sent = new StringBuilder();
        await using (RecordingWriter writer = Start(PartBytes))
        {
            for (int index = 0; index < 200; index++)
            {
                string chunk = new string((char)('a' + (index % 26)), 10_000);
                sent.Append(chunk);
                await writer.OutputAsync(Encoding.UTF8.GetBytes(chunk));
            }
        }

        FileInfo[] files = new DirectoryInfo(Path.Combine(_directory.Recordings, "s1")).GetFiles("*.cast.enc");
        Assert.True(files.Length > 4);
        Assert.All(files, file => Assert.InRange(file.Length, 1, PartBytes));
        JsonElement[] seals = [.. new JournalReader(_directory.Path).Read()
            .Where(entry => entry.Kind == "recording.sealed").Select(entry => entry.Data())];
        Assert.Equal(Enumerable.Range(1, files.Length), seals.Select(seal => seal.GetProperty("part").GetInt32()));
        Assert.Equal(files.Length, seals.Select(seal => seal.GetProperty("sha256").GetString()).Distinct().Count());
        Assert.True(seals[^1].GetProperty("last").GetBoolean());
        string replayed = string.Concat(Reader.Events("s1", 0).Select(each => each.Data));
        Assert.Equal(sent.ToString(), replayed);
    }

    [Fact]
    public async Task Both_directions_may_record_at_the_same_time()
    {
        await using (RecordingWriter writer = Start(PartBytesSmall))
        {
            var output = Task.Run(async () =>
            {
                for (int index = 0; index < 2000; index++)
                {
                    await writer.OutputAsync("output"u8.ToArray());
                }
            });
            for (int index = 0; index < 2000; index++)
            {
                await writer.InputAsync("i"u8.ToArray());
            }

            await output;
        }

        RecordingEvent[] events = [.. Reader.Events("s1", 0)];
        Assert.Equal(2000, events.Count(each => each is { Code: 'o', Data: "output" }));
        Assert.Equal(2000, events.Count(each => each is { Code: 'i', Data: "i" }));
    }

    private const long PartBytesSmall = 250_000;

    [Theory]
    [InlineData("../../etc")]
    [InlineData("a/b")]
    [InlineData("")]
    [InlineData("a.b")]
    public void A_session_identifier_that_could_leave_the_directory_is_refused(string session) =>
        Assert.Throws<ArgumentException>(() => RecordingPath.Part(session, 0, 1));
}
