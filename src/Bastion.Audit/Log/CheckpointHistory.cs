using System.Text;
using Bastion.Audit.Notes;
using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>
/// A `.checkpoints` file: signed notes one after another, each followed by an empty line, sizes ascending. Notes hold
/// exactly one empty line, so three blocks of line feeds cannot be confused.
/// </summary>
internal static class CheckpointHistory
{
    /// <param name="Checkpoint">The parsed note, or null when these bytes are none.</param>
    /// <param name="Offset">Where it begins in the file.</param>
    /// <param name="Length">Its bytes, the empty line after it included.</param>
    /// <param name="Complete">The empty line after it is there.</param>
    public readonly record struct Item(Checkpoint? Checkpoint, long Offset, int Length, bool Complete);

    public static byte[] Encode(Checkpoint checkpoint) => Encoding.UTF8.GetBytes(checkpoint + "\n");

    public static IReadOnlyList<Item> Read(IFileSystem files, string path)
    {
        if (!files.FileExists(path))
        {
            return [];
        }

        using IFile file = files.OpenRead(path);
        byte[] bytes = new byte[file.Length];
        int length = file.Read(bytes, 0);
        return Split(bytes.AsSpan(0, length));
    }

    private static List<Item> Split(ReadOnlySpan<byte> bytes)
    {
        var items = new List<Item>();
        int start = 0;
        while (start < bytes.Length)
        {
            // The first empty line ends the text, the second the signatures.
            int text = bytes[start..].IndexOf("\n\n"u8);
            int end = text < 0 ? -1 : bytes[(start + text + 2)..].IndexOf("\n\n"u8);
            bool complete = end >= 0;
            int stop = complete ? start + text + 2 + end + 2 : bytes.Length;
            string note = Encoding.UTF8.GetString(bytes[start..(complete ? stop - 1 : stop)]);
            bool parsed = Checkpoint.TryParse(note, out Checkpoint? checkpoint) && checkpoint.ToString() == note;
            items.Add(new Item(parsed ? checkpoint : null, start, stop - start, complete));
            start = stop;
        }

        return items;
    }
}
