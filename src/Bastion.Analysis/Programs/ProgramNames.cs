namespace Bastion.Analysis.Programs;

internal static class ProgramNames
{
    /// <summary>The last part of a path: what a program is looked up by.</summary>
    public static string BaseName(string path)
    {
        int end = path.Length;
        while (end > 1 && path[end - 1] == '/')
        {
            end--;
        }

        int slash = path.LastIndexOf('/', end - 1);
        return slash < 0 && end == path.Length ? path : path[(slash + 1)..end];
    }

    /// <summary><c>python3.11</c> → <c>python</c>, <c>php8.2</c> → <c>php</c>, <c>gcc-12</c> → <c>gcc</c>,
    /// <c>sed.exe</c> → <c>sed</c>.</summary>
    public static string WithoutVersion(string name)
    {
        if (name.EndsWith(".exe", StringComparison.OrdinalIgnoreCase))
        {
            return name[..^4];
        }

        int end = name.Length;
        while (end > 0 && (char.IsAsciiDigit(name[end - 1]) || name[end - 1] == '.'))
        {
            end--;
        }

        if (end < name.Length && end > 1 && name[end - 1] == '-')
        {
            end--;
        }

        return name[..end];
    }
}
