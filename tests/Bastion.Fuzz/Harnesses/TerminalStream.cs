using System.Text;
using System.Text.Json;
using Bastion.Analysis.Terminal;

namespace Bastion.Fuzz.Harnesses;

/// <summary>What a target prints and a client types. A byte 0xff changes the side that speaks. How output is cut into
/// pieces must not matter.</summary>
internal sealed class TerminalStream : Harness
{
    private const byte Turn = 0xff;

    private static readonly IReadOnlyList<byte[]> Grammar = [[Turn], [Turn, (byte)'\r', Turn], .. Utf8(
    [
        "\r", "\n", "\r\n", "\b", "\t", "\a", "$ ", "# ", "> ", "\e[", "\e[K", "\e[2J", "\e[H", "\e[10;20H", "\e[A",
        "\e[B", "\e[C", "\e[D", "\e[1P", "\e[4@", "\e[L", "\e[M", "\e[?1049h", "\e[?1049l", "\e[?2004h", "\e[?2004l",
        "\e[200~", "\e[201~", "\e]0;t\a",
        "\eP", "\e\\", "\e7", "\e8", "\e(0", "\e[3g", "\e[1;5r", "\e[6n", "\e[999999999C", "\x01", "\x03", "\x04",
        "\x05", "\x0b", "\x0f", "\x12", "\x15", "\x17", "\x18", "\x1a", "\x7f", "rm -rf /srv", "ls", "漢字", "é",
        "\u0301", "\ud83d\ude00", "; ", "\x9b", "\xc2\x9b",
    ])];

    public override string Name => "terminal";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string whole = Replay(input, cut: false, out int behaviour);
        string pieces = Replay(input, cut: true, out _);
        if (whole != pieces)
        {
            throw new ViolationException($"output in pieces reads otherwise:\n{whole}\n--\n{pieces}");
        }

        return behaviour;
    }

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        foreach (string? file in Directory.EnumerateFiles(SeedFile("terminal"), "*.json").Order(StringComparer.Ordinal))
        {
            using var transcript = JsonDocument.Parse(File.ReadAllText(file));
            List<byte> stream = [];
            foreach (JsonElement step in transcript.RootElement.GetProperty("steps").EnumerateArray())
            {
                JsonProperty said = step.EnumerateObject().First(one => one.Name is "output" or "input" or "submit");
                byte[] bytes = Utf8(said.Value.GetString()!);
                stream.AddRange(said.Name == "output" ? bytes : [Turn, .. bytes, Turn]);
            }

            yield return [.. stream];
        }
    }

    private static string Replay(byte[] input, bool cut, out int behaviour)
    {
        var shell = new ObservedShell(80, 24, line => line.EndsWith('\\'));
        var readings = new StringBuilder();
        bool types = false;
        foreach (Range range in input.AsSpan().Split(Turn))
        {
            Span<byte> said = input.AsSpan(range);
            if (types)
            {
                Type(shell, said, readings);
            }
            else if (cut)
            {
                for (int i = 0; i < said.Length; i++)
                {
                    shell.TargetOutput(said.Slice(i, 1));
                }
            }
            else
            {
                shell.TargetOutput(said);
            }

            types = !types;
        }

        behaviour =
            HashCode.Combine(shell.FullScreen, Math.Min(4, readings.ToString().Count('\n')), readings.Length % 7);
        return readings.ToString();
    }

    private static void Type(ObservedShell shell, ReadOnlySpan<byte> keys, StringBuilder readings)
    {
        while (!keys.IsEmpty)
        {
            InputStep step = shell.ClientInput(keys);
            int taken = step.Forward + step.Submission;
            if (taken <= 0 || taken > keys.Length)
            {
                throw new ViolationException($"{step} of {keys.Length} bytes");
            }

            if (step.Submission > 0)
            {
                ObservedLine line = shell.Read();
                readings.Append(line.Text).Append('|').AppendJoin(',', line.Readings.Select(reading => reading.Text))
                    .Append('\n');
                shell.Submitted();
            }

            keys = keys[taken..];
        }
    }
}
