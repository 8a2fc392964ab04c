using System.Globalization;

namespace Bastion.Policy.Inventories;

/// <summary>Ansible's host ranges: `web[01:50].example.com`, `db-[a:f]`, with a step `[0:10:2]`.</summary>
internal static class HostRange
{
    /// <summary>Names out of one pattern. A fleet has thousands; `[0:999999]` is a mistake.</summary>
    public const int MaximumNames = 10_000;

    /// <summary>False when the pattern is broken or stands for too many names.</summary>
    public static bool TryExpand(string pattern, out IReadOnlyList<string> names)
    {
        var open = new List<string> { pattern };
        var done = new List<string>();
        names = done;
        while (open.Count > 0)
        {
            string text = open[^1];
            open.RemoveAt(open.Count - 1);
            int start = text.IndexOf('[');
            if (start < 0)
            {
                done.Add(text);
                continue;
            }

            int end = text.IndexOf(']', start);
            if (end < 0 || !TryItems(text[(start + 1)..end], out List<string>? items)
                || open.Count + done.Count + items.Count > MaximumNames)
            {
                return false;
            }

            // The last is taken first: pushed backwards they come out in order.
            for (int i = items.Count - 1; i >= 0; i--)
            {
                open.Add(text[..start] + items[i] + text[(end + 1)..]);
            }
        }

        return true;
    }

    private static bool TryItems(string range, out List<string> items)
    {
        items = [];
        string[] parts = range.Split(':');
        if (parts.Length is < 2 or > 3 || !TryStep(parts, out int step))
        {
            return false;
        }

        if (parts[0].Length == 1 && parts[1].Length == 1 && char.IsAsciiLetter(parts[0][0])
            && char.IsAsciiLetter(parts[1][0]))
        {
            for (int letter = (int)parts[0][0]; letter <= parts[1][0]; letter += step)
            {
                items.Add(((char)letter).ToString());
            }

            return items.Count > 0;
        }

        if (!TryNumber(parts[0], out int first) || !TryNumber(parts[1], out int last)
            || (last - first) / step >= MaximumNames)
        {
            return false;
        }

        // `[01:10]` keeps its leading zero.
        int width = parts[0].StartsWith('0') ? parts[0].Length : 1;
        for (int number = first; number <= last; number += step)
        {
            items.Add(number.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));
        }

        return items.Count > 0;
    }

    private static bool TryStep(string[] parts, out int step)
    {
        step = 1;
        return parts.Length == 2 || (TryNumber(parts[2], out step) && step > 0);
    }

    private static bool TryNumber(string text, out int number)
    {
        number = 0;
        return text.Length is > 0 and <= 7
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
