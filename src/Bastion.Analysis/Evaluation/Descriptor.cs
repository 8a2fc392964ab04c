using System.Globalization;

namespace Bastion.Analysis.Evaluation;

/// <summary>What a descriptor is open on.</summary>
/// <param name="Input">What would be read from it.</param>
/// <param name="File">The file that would be written through it; null when it is none.</param>
internal sealed record Descriptor(StandardInput Input, Value? File)
{
    /// <summary>The number in <c>/dev/fd/5</c>, <c>/proc/self/fd/5</c>, <c>/dev/stdin</c>; null for other
    /// paths.</summary>
    public static int? NumberOf(string path)
    {
        switch (path)
        {
            case "/dev/stdin":
                return 0;
            case "/dev/stdout":
                return 1;
            case "/dev/stderr":
                return 2;
        }

        if (!path.StartsWith("/dev/fd/", StringComparison.Ordinal)
            && !path.StartsWith("/proc/", StringComparison.Ordinal))
        {
            return null;
        }

        string[] parts = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool names = parts is ["dev", "fd", _] or ["proc", _, "fd", _] or ["proc", _, "task", _, "fd", _];
        return names && int.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : null;
    }
}
