using System.Globalization;

namespace Bastion.Audit.Merkle;

/// <summary>Names a tile of a C2SP tiled log: up to 256 hashes of one level, or (level -1) the records of as many
/// leaves.</summary>
/// <param name="Level">0 for leaf hashes, then one for every eight levels of the tree; <see cref="Entries"/> for the
/// records.</param>
/// <param name="Index">Within the level.</param>
/// <param name="Width">256 for a full tile, else 1 to 255.</param>
public readonly record struct TileAddress(int Level, long Index, int Width)
{
    public const int FullWidth = 256;

    /// <summary>The level of entry bundles.</summary>
    public const int Entries = -1;

    // 256^8 leaves would overflow a sequence.
    private const int MaximumLevel = 7;

    private const int DigitsPerElement = 3;

    /// <summary>Leaves under the whole tile.</summary>
    public long LeavesEnd => (Index * FullWidth + Width) << (8 * Math.Max(Level, 0));

    /// <summary>`tile/L/NNN`, `tile/entries/x001/234.p/56`.</summary>
    public override string ToString()
    {
        var elements = new Stack<string>();
        long rest = Index;
        do
        {
            string element = (rest % 1000).ToString("d3", CultureInfo.InvariantCulture);
            elements.Push(elements.Count == 0 ? element : "x" + element);
            rest /= 1000;
        }
        while (rest > 0);
        string level = Level == Entries ? "entries" : Level.ToString(CultureInfo.InvariantCulture);
        string partial = Width == FullWidth ? "" : string.Create(CultureInfo.InvariantCulture, $".p/{Width}");
        return $"tile/{level}/{string.Join('/', elements)}{partial}";
    }

    /// <summary>Reads the one spelling that <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string path, out TileAddress address)
    {
        address = default;
        string[] halves = path.Split(".p/");
        string[] elements = halves[0].Split('/');
        int width = FullWidth;
        if (halves.Length > 2 || elements.Length is < 3 or > 8 || elements[0] != "tile"
            || (halves.Length == 2
            && !int.TryParse(halves[1], NumberStyles.None, CultureInfo.InvariantCulture, out width))
            || width is < 1 or > FullWidth)
        {
            return false;
        }

        int level = Entries;
        if (elements[1] != "entries"
            && (!int.TryParse(elements[1], NumberStyles.None, CultureInfo.InvariantCulture, out level)
            || level > MaximumLevel))
        {
            return false;
        }

        long index = 0;
        foreach (string element in elements.Skip(2))
        {
            string digits = element.TrimStart('x');
            if (digits.Length != DigitsPerElement
                || !int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int value))
            {
                return false;
            }

            index = (index * 1000) + value;
        }

        address = new TileAddress(level, index, width);
        return address.ToString() == path;
    }
}
