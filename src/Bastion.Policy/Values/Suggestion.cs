namespace Bastion.Policy.Values;

/// <summary>The word somebody probably meant.</summary>
internal static class Suggestion
{
    /// <summary>Names longer than this are not compared: nobody mistypes them by hand, and the cost is
    /// quadratic.</summary>
    private const int MaximumCompared = 64;

    /// <summary>The nearest of <paramref name="known"/>, or null when none is near enough to be meant.</summary>
    public static string? For(string word, IEnumerable<string> known)
    {
        if (word.Length is 0 or > MaximumCompared)
        {
            return null;
        }

        string? best = null;
        int bestDistance = Math.Max(1, word.Length / 3) + 1;
        foreach (string candidate in known)
        {
            if (candidate.Length <= MaximumCompared && Math.Abs(candidate.Length - word.Length) < bestDistance)
            {
                int distance = Distance(word, candidate);
                if (distance < bestDistance)
                {
                    (best, bestDistance) = (candidate, distance);
                }
            }
        }

        return best;
    }

    /// <summary>`did you mean X?`, or the list of what is possible when it is short, or null.</summary>
    public static string? Help(string word, IReadOnlyCollection<string> known)
    {
        if (For(word, known) is { } near)
        {
            return $"did you mean `{near}`?";
        }

        return known.Count is > 0 and <= 24
            ? $"possible here: {string.Join(", ", known.Order(StringComparer.Ordinal))}"
            : null;
    }

    // Optimal string alignment: a swapped pair of letters is one mistake, as fingers make it.
    private static int Distance(string a, string b)
    {
        Span<int> beforeLast = stackalloc int[b.Length + 1];
        Span<int> last = stackalloc int[b.Length + 1];
        Span<int> current = stackalloc int[b.Length + 1];
        for (int j = 0; j <= b.Length; j++)
        {
            last[j] = j;
        }

        for (int i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]) ? 0 : 1;
                current[j] = Math.Min(Math.Min(last[j] + 1, current[j - 1] + 1), last[j - 1] + same);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    current[j] = Math.Min(current[j], beforeLast[j - 2] + 1);
                }
            }

            last.CopyTo(beforeLast);
            current.CopyTo(last);
        }

        return last[b.Length];
    }
}
