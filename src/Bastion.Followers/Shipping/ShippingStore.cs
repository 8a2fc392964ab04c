using System.Globalization;
using System.Text;
using System.Text.Json;
using Bastion.Audit.Storage;

namespace Bastion.Followers.Shipping;

/// <param name="Origin">The journal's name.</param>
/// <param name="Next">The sequence of the first record that is not shipped.</param>
/// <param name="Leaf">The leaf hash of the record before it, in hexadecimal; empty when there is none.</param>
internal sealed record ShippingPosition(string Origin, long Next, string Leaf);

/// <summary>A record that its destination refused for good. The record itself stays in the journal.</summary>
internal sealed record DeadLetter(string Id, long Sequence, DateTimeOffset ParkedAt, string Reason);

/// <summary>How a destination fares, for `bastion ship status`.</summary>
internal sealed record ShippingState(string State, DateTimeOffset Since, string? Reason);

/// <summary>What is remembered about one destination, in `shipping/NAME` below the data directory.</summary>
internal sealed class ShippingStore(string dataDirectory, string name, IFileSystem files)
{
    private const string Heading = "bastion shipping v1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public string DirectoryPath { get; } = Path.Combine(dataDirectory, "shipping", name);

    public string CheckpointFile => Path.Combine(DirectoryPath, "checkpoint");

    public string DeadLetterFile => Path.Combine(DirectoryPath, "dead-letters.jsonl");

    private string StateFile => Path.Combine(DirectoryPath, "state");

    /// <summary>Null when nothing was ever shipped.</summary>
    /// <exception cref="InvalidDataException">The file is not one of ours.</exception>
    public ShippingPosition? Load()
    {
        if (ReadText(CheckpointFile) is not { } text)
        {
            return null;
        }

        string[] lines = text.Split('\n');
        return lines is [Heading, var origin, var next, var leaf, ""]
            && long.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
                ? new ShippingPosition(origin, sequence, leaf)
                : throw new InvalidDataException(
                $"`{CheckpointFile}` is damaged; remove it to ship everything again (what is there already is not "
                    + "doubled)");
    }

    /// <summary>Durable when it returns.</summary>
    public void Save(ShippingPosition position) => Publish(
        CheckpointFile, string.Create(CultureInfo.InvariantCulture,
            $"{Heading}\n{position.Origin}\n{position.Next}\n{position.Leaf}\n"));

    public ShippingState? LoadState() =>
        ReadText(StateFile) is { } text ? JsonSerializer.Deserialize<ShippingState>(text, Json) : null;

    public void SaveState(ShippingState state) => Publish(StateFile, JsonSerializer.Serialize(state, Json));

    /// <summary>Durable when it returns. A record that is parked again after a crash stands there twice.</summary>
    public void Park(IReadOnlyList<DeadLetter> letters)
    {
        bool isNew = !files.FileExists(DeadLetterFile);
        if (isNew)
        {
            files.CreateDirectory(DirectoryPath);
        }

        using (IFile file = isNew ? files.Create(DeadLetterFile) : files.Open(DeadLetterFile))
        {
            // A crash may have left half a line.
            var lines = new StringBuilder(EndsMidLine(file) ? "\n" : "");
            foreach (DeadLetter letter in letters)
            {
                lines.Append(JsonSerializer.Serialize(letter, Json)).Append('\n');
            }

            file.Write(Encoding.UTF8.GetBytes(lines.ToString()), file.Length);
            file.Sync();
        }

        if (isNew)
        {
            files.SyncDirectory(DirectoryPath);
        }
    }

    /// <summary>Those that are still set aside, and no others. Durable when it returns.</summary>
    public void KeepParked(IReadOnlyList<DeadLetter> letters)
    {
        if (files.FileExists(DeadLetterFile))
        {
            Publish(DeadLetterFile,
                string.Concat(letters.Select(letter => JsonSerializer.Serialize(letter, Json) + "\n")));
        }
    }

    /// <summary>One for each parked record, by sequence.</summary>
    public IReadOnlyList<DeadLetter> Parked()
    {
        var letters = new SortedDictionary<long, DeadLetter>();
        foreach (string line in (ReadText(DeadLetterFile) ?? "").Split('\n'))
        {
            if (Read(line) is { } letter)
            {
                letters[letter.Sequence] = letter;
            }
        }

        return [.. letters.Values];
    }

    /// <summary>Null for what a power cut left of a line: the position was not written after it, so its record was
    /// parked again.</summary>
    private static DeadLetter? Read(string line)
    {
        try
        {
            return line.Length == 0 ? null : JsonSerializer.Deserialize<DeadLetter>(line, Json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool EndsMidLine(IFile file)
    {
        Span<byte> last = stackalloc byte[1];
        return file.Length > 0 && file.Read(last, file.Length - 1) == 1 && last[0] != (byte)'\n';
    }

    private string? ReadText(string path)
    {
        if (!files.FileExists(path))
        {
            return null;
        }

        using IFile file = files.OpenRead(path);
        byte[] bytes = new byte[file.Length];
        return Encoding.UTF8.GetString(bytes, 0, file.Read(bytes, 0));
    }

    private void Publish(string path, string text)
    {
        files.CreateDirectory(DirectoryPath);
        string draft = path + ".new";
        if (files.FileExists(draft))
        {
            files.Delete(draft);
        }

        using (IFile file = files.Create(draft))
        {
            file.Write(Encoding.UTF8.GetBytes(text), 0);
            file.Sync();
        }

        files.Replace(draft, path);
        files.SyncDirectory(DirectoryPath);
    }
}
