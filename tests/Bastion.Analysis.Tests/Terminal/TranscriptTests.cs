using System.Text;
using System.Text.Json;
using Bastion.Analysis.Terminal;

namespace Bastion.Analysis.Tests.Terminal;

/// <summary>
/// Replays what bash, python, vim and ed really sent to a terminal, recorded once, against the keys that were pressed:
/// each submitting key has beside it the readings that a person looking at the screen agreed with.
/// </summary>
public class TranscriptTests
{
    public static TheoryData<string> Transcripts() =>
        new(Directory.EnumerateFiles(Folder, "*.json").Select(file => Path.GetFileNameWithoutExtension(file)!).Order());

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Terminal", "transcripts");

    [Theory]
    [MemberData(nameof(Transcripts))]
    public void Submitted_lines_are_read_as_a_person_reads_them(string name)
    {
        using var transcript = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, name + ".json")));
        JsonElement root = transcript.RootElement;
        var shell = new ObservedShell(
            root.GetProperty("columns").GetInt32(), root.GetProperty("rows").GetInt32(), _ => false);
        int submissions = 0;
        foreach (JsonElement step in root.GetProperty("steps").EnumerateArray())
        {
            if (step.TryGetProperty("output", out JsonElement output))
            {
                shell.TargetOutput(Encoding.UTF8.GetBytes(output.GetString()!));
            }
            else if (step.TryGetProperty("input", out JsonElement input))
            {
                byte[] keys = Encoding.UTF8.GetBytes(input.GetString()!);
                Assert.Equal(new InputStep(keys.Length, 0), shell.ClientInput(keys));
            }
            else
            {
                submissions++;
                byte[] key = Encoding.UTF8.GetBytes(step.GetProperty("submit").GetString()!);
                Assert.Equal(new InputStep(0, key.Length), shell.ClientInput(key));
                ObservedLine line = shell.Read();
                Assert.Equal(
                    step.GetProperty("reads").EnumerateArray().Select(text => text.GetString()),
                    line.Readings.Select(reading => reading.Text));
                Assert.Equal(step.GetProperty("echoed").GetBoolean(), line.Echoed);
                shell.Submitted();
            }
        }

        Assert.NotEqual(0, submissions);
    }
}
