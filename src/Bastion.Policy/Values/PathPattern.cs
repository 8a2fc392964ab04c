namespace Bastion.Policy.Values;

/// <summary>What `{person}` and `{account}` in a pattern stand for.</summary>
internal readonly record struct PatternNames(string Person, string Account);

/// <summary>
/// Absolute paths with `*` within one step and `**` for any number of steps: `/srv/**` is /srv and everything below.
/// Two questions, in two directions of caution: does the pattern surely cover a path (to allow), and could an act on
/// a path touch what the pattern covers (to stop).
/// </summary>
internal sealed class PathPattern
{
    /// <summary>Deeper paths are not compared: they are never surely covered, and always possibly touched.</summary>
    private const int DeepestCompared = 128;

    private readonly string[] _steps;

    private PathPattern(string text)
    {
        Text = text;
        _steps = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
    }

    public string Text { get; }

    public static bool TryParse(string text, out PathPattern pattern, out string problem)
    {
        pattern = null!;
        problem = "";
        if (!text.StartsWith('/'))
        {
            problem = "a path pattern starts with `/`; `/srv/**` is /srv and everything below it";
            return false;
        }

        foreach (string step in text.Split('/'))
        {
            if (step is "." or "..")
            {
                problem = $"a path pattern has no `{step}` step";
                return false;
            }

            if (step.Contains("**", StringComparison.Ordinal) && step != "**")
            {
                problem = "`**` stands alone between slashes, as in `/srv/**/cache`";
                return false;
            }

            if (step.Contains('{') && step is not "{person}" and not "{account}")
            {
                problem = "only `{person}` and `{account}` can stand in braces, as a whole step: `/home/{account}/**`";
                return false;
            }
        }

        pattern = new PathPattern(text);
        return true;
    }

    /// <summary>True when every file the path can name is covered. Relative, climbing and glob-dotted paths never
    /// are.</summary>
    public bool SurelyCovers(string path, PatternNames names)
    {
        Span<Range> steps = stackalloc Range[DeepestCompared];
        if (!TrySplit(path, steps, out int count) || MayClimb(path, steps[..count]))
        {
            return false;
        }

        int p = 0, t = 0, star = -1, retry = 0;
        while (t < count)
        {
            if (p < _steps.Length && _steps[p] == "**")
            {
                star = p++;
                retry = t;
            }
            else if (p < _steps.Length && StepCovers(_steps[p], path.AsSpan()[steps[t]], names))
            {
                p++;
                t++;
            }
            else if (star >= 0)
            {
                p = star + 1;
                t = ++retry;
            }
            else
            {
                return false;
            }
        }

        while (p < _steps.Length && _steps[p] == "**")
        {
            p++;
        }

        return p == _steps.Length;
    }

    /// <summary>True unless it is certain that the act leaves everything covered alone. A directory above
    /// counts.</summary>
    public bool MayTouch(ReadOnlySpan<char> path, PatternNames names)
    {
        // Walks without splitting first: this is asked of every rule that could stop an act.
        if (path.Length == 0 || path[0] != '/' || path.Contains("/..", StringComparison.Ordinal))
        {
            return true;
        }

        ReadOnlySpan<char> rest = path;
        foreach (string pattern in _steps)
        {
            ReadOnlySpan<char> step = NextStep(ref rest);
            if (step.Length == 0 || pattern == "**")
            {
                return true;
            }

            if (!StepsMayMeet(pattern, step, names))
            {
                return false;
            }
        }

        return NextStep(ref rest).Length == 0;
    }

    /// <summary>The next step that is not empty and not `.`; empty at the end.</summary>
    private static ReadOnlySpan<char> NextStep(ref ReadOnlySpan<char> rest)
    {
        while (rest.Length > 0)
        {
            int slash = rest.IndexOf('/');
            ReadOnlySpan<char> step = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? [] : rest[(slash + 1)..];
            if (step.Length > 0 && step is not ".")
            {
                return step;
            }
        }

        return [];
    }

    private static bool StepCovers(string pattern, ReadOnlySpan<char> step, PatternNames names) =>
        HasGlob(step) ? pattern == "*" : Matches(pattern, step, names);

    // `.*` expands to `..` in older shells, and `{a,../b}` to anything.
    private static bool MayClimb(string path, ReadOnlySpan<Range> steps)
    {
        foreach (Range step in steps)
        {
            ReadOnlySpan<char> text = path.AsSpan()[step];
            if (text.Contains('{') || (text[0] == '.' && HasGlob(text)))
            {
                return true;
            }
        }

        return false;
    }

    private static bool StepsMayMeet(string pattern, ReadOnlySpan<char> step, PatternNames names)
    {
        int glob = step.IndexOfAny("*?[{");
        if (glob < 0)
        {
            return Matches(pattern, step, names);
        }

        ReadOnlySpan<char> fixedPart = NameIn(pattern, names) is { } name
            ? name.AsSpan()
            : pattern.AsSpan(0, FixedLength(pattern));
        int shared = Math.Min(glob, fixedPart.Length);
        return step[..shared].SequenceEqual(fixedPart[..shared]);
    }

    // A name is compared as it is: somebody called `*` at the identity provider gets no pattern.
    private static bool Matches(string pattern, ReadOnlySpan<char> step, PatternNames names) =>
        NameIn(pattern, names) is { } name ? step.SequenceEqual(name) : Glob.Matches(pattern, step);

    private static string? NameIn(string pattern, PatternNames names) => pattern switch
    {
        "{person}" => names.Person,
        "{account}" => names.Account,
        _ => null,
    };

    private static int FixedLength(string pattern)
    {
        int wild = pattern.AsSpan().IndexOfAny('*', '?');
        return wild < 0 ? pattern.Length : wild;
    }

    private static bool HasGlob(ReadOnlySpan<char> step) => step.ContainsAny("*?[{");

    private static bool TrySplit(ReadOnlySpan<char> path, Span<Range> steps, out int count)
    {
        count = 0;
        if (path.Length == 0 || path[0] != '/' || path.Contains('\0'))
        {
            return false;
        }

        int start = 1;
        while (start <= path.Length)
        {
            int length = path[start..].IndexOf('/');
            int end = length < 0 ? path.Length : start + length;
            ReadOnlySpan<char> step = path[start..end];
            if (step is "..")
            {
                return false;
            }

            if (step.Length > 0 && step is not ".")
            {
                if (count == steps.Length)
                {
                    return false;
                }

                steps[count++] = new Range(start, end);
            }

            start = end + 1;
        }

        return true;
    }
}
