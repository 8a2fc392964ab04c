namespace Bastion.Analysis.Evaluation;

/// <summary>Paths as the target would understand them, as far as the text tells.</summary>
internal static class TargetPath
{
    /// <summary>The path from the root, without <c>.</c>, <c>..</c> and doubled slashes, when the working directory is
    /// known.</summary>
    public static string Full(string path, ShellState state)
    {
        string full = path.Length > 0 && path[0] is '/' or '~' ? path : state.Directory.Path is { } directory
            ? directory + "/" + path
            : path;
        if (MayShorten(full))
        {
            full = Shortened(full);
        }

        if (full.StartsWith("/pr", StringComparison.Ordinal))
        {
            full = ThroughProcess(full, state);
        }

        return full;
    }

    /// <summary>It has an empty part, <c>.</c> or <c>..</c>; a file such as <c>.profile</c> is none of them.</summary>
    private static bool MayShorten(ReadOnlySpan<char> path)
    {
        foreach (Range range in path.Split('/'))
        {
            (int start, int length) = range.GetOffsetAndLength(path.Length);
            bool isEmpty = length == 0 && start > 0 && start < path.Length;
            if (isEmpty || path.Slice(start, length) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }

    private static string Shortened(string full)
    {
        var kept = new List<string>();
        foreach (string part in full.Split('/'))
        {
            if (part is "" or ".")
            {
                continue;
            }

            if (part == ".." && kept.Count > 0 && kept[^1] != "..")
            {
                kept.RemoveAt(kept.Count - 1);
            }
            else if (part != ".." || full[0] != '/')
            {
                kept.Add(part);
            }
        }

        string joined = string.Join('/', kept);
        return full[0] == '/' ? "/" + joined : joined.Length == 0 ? "." : joined;
    }

    /// <summary><c>/proc/self/root/etc</c> is <c>/etc</c>, <c>/proc/self/cwd</c> the working directory; and what macOS
    /// keeps below <c>/private</c> is where others have it.</summary>
    private static string ThroughProcess(string full, ShellState state)
    {
        foreach (string place in (ReadOnlySpan<string>)["/private/etc", "/private/var", "/private/tmp"])
        {
            if (full.StartsWith(place, StringComparison.Ordinal))
            {
                return full["/private".Length..];
            }
        }

        string[] parts = full.Split('/', 5);
        if (parts is not ["", "proc", _, "root" or "cwd", ..])
        {
            return full;
        }

        string rest = parts.Length > 4 ? parts[4] : "";
        return Full(parts[3] == "root" ? "/" + rest : rest.Length == 0 ? "." : rest, state);
    }
}
