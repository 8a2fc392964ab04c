using System.Globalization;

namespace Bastion.Followers.Archive;

/// <summary>What things are called in an archive. Everything is built from our own numbers and identifiers.</summary>
internal sealed class ArchiveNames(string prefix, string origin)
{
    private const int NumberDigits = 20;
    private const string RecordsExtension = ".records";
    private const string CheckpointsExtension = ".checkpoints";

    /// <summary>Everything of this journal begins with it.</summary>
    public string Root { get; } = Folder(prefix) + string.Concat(
        origin.Select(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' ? letter : '_')) + "/";

    public static string Folder(string prefix) => prefix.Length == 0 || prefix.EndsWith('/') ? prefix : prefix + "/";

    /// <summary>Lines of a segment from one sequence on.</summary>
    public string Records(long segment, long first) =>
        $"{Root}segments/{Number(segment)}{RecordsExtension}/{Number(first)}";

    /// <summary>Notes of a segment, from the one of that size on.</summary>
    public string Checkpoints(long segment, long size) =>
        $"{Root}segments/{Number(segment)}{CheckpointsExtension}/{Number(size)}";

    public string Tile(string path) => Root + path;

    public string Recording(string session, string file) => $"{Recordings}{session}/{file}";

    /// <summary>All recordings begin with it.</summary>
    public string Recordings => Root + "recordings/";

    /// <summary>Of a name that <see cref="Recording"/> made.</summary>
    public string SessionOf(string recording) => recording[Recordings.Length..].Split('/')[0];

    public static string Number(long number) =>
        number.ToString("d" + NumberDigits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    /// <summary>Reads back what <see cref="Records"/> and <see cref="Checkpoints"/> made, without the root.</summary>
    public static bool TryParsePiece(string name, out long segment, out bool isRecords, out long first)
    {
        (segment, isRecords, first) = (0, false, 0);
        if (name.Split('/') is not ["segments", var file, { Length: NumberDigits } number])
        {
            return false;
        }

        isRecords = file.EndsWith(RecordsExtension, StringComparison.Ordinal);
        return file.Length > NumberDigits
            && file[NumberDigits..] is RecordsExtension or CheckpointsExtension
            && long.TryParse(file.AsSpan(0, NumberDigits), NumberStyles.None, CultureInfo.InvariantCulture, out segment)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out first);
    }

    /// <summary>The path of a full hash tile as c2sp.org/tlog-tiles has it: `tile/L/x001/x234/067`.</summary>
    public static string TilePath(int level, long index)
    {
        string path = (index % 1000).ToString("d3", CultureInfo.InvariantCulture);
        for (index /= 1000; index > 0; index /= 1000)
        {
            path = $"x{(index % 1000).ToString("d3", CultureInfo.InvariantCulture)}/{path}";
        }

        return string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{path}");
    }
}
