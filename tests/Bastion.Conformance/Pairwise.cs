namespace Bastion.Conformance;

/// <summary>
/// Rows in which every value of every factor meets every value of every other at least once. The full product of key
/// exchange × cipher × host key × user key would be thousands of connections; faults sit in one value or in a pair.
/// </summary>
internal static class Pairwise
{
    public static IReadOnlyList<string[]> Cover(params IReadOnlyList<string>[] factors)
    {
        HashSet<(int, int, int, int)> open = [];
        for (int a = 0; a < factors.Length; a++)
        {
            for (int b = a + 1; b < factors.Length; b++)
            {
                for (int x = 0; x < factors[a].Count; x++)
                {
                    for (int y = 0; y < factors[b].Count; y++)
                    {
                        open.Add((a, x, b, y));
                    }
                }
            }
        }

        List<string[]> rows = [];
        while (open.Count > 0)
        {
            int[] row = Row(factors, open);
            open.RemoveWhere(pair => row[pair.Item1] == pair.Item2 && row[pair.Item3] == pair.Item4);
            rows.Add([.. row.Select((value, factor) => factors[factor][value])]);
        }

        return rows;
    }

    /// <summary>Starts from a pair that is still open; each further factor takes the value that closes the most
    /// pairs.</summary>
    private static int[] Row(IReadOnlyList<string>[] factors, HashSet<(int, int, int, int)> open)
    {
        int[] row = [.. Enumerable.Repeat(-1, factors.Length)];
        (int first, int firstValue, int second, int secondValue) = open.Min();
        row[first] = firstValue;
        row[second] = secondValue;
        for (int factor = 0; factor < factors.Length; factor++)
        {
            if (row[factor] < 0)
            {
                row[factor] = Enumerable.Range(0, factors[factor].Count)
                    .MaxBy(value => Closed(row, factor, value, open));
            }
        }

        return row;
    }

    private static int Closed(int[] row, int factor, int value, HashSet<(int, int, int, int)> open)
    {
        int closed = 0;
        for (int other = 0; other < row.Length; other++)
        {
            if (other != factor && row[other] >= 0)
            {
                closed += open.Contains(other < factor
                    ? (other, row[other], factor, value)
                    : (factor, value, other, row[other])) ? 1 : 0;
            }
        }

        return closed;
    }
}
