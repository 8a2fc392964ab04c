namespace Bastion.Policy;

/// <summary>Bounds on policy input. A policy is written by people who are trusted, and still a file can be
/// anything.</summary>
internal static class PolicyLimits
{
    /// <summary>A thousand targets with keys take some 400 KB; one file of 4 MiB holds ten thousand.</summary>
    public const int FileBytes = 4 * 1024 * 1024;

    /// <summary>All files together: a reload must stay a matter of a second.</summary>
    public const int TotalBytes = 32 * 1024 * 1024;

    public const int Files = 1_000;

    /// <summary>The language nests seven deep; the rest is room for mistakes that deserve a good message.</summary>
    public const int Depth = 16;

    /// <summary>Nodes in one file: what 4 MiB of sensible YAML has, not what 4 MiB of commas has.</summary>
    public const int NodesPerFile = 400_000;

    /// <summary>One value. An RSA-8192 certificate line is about 3,400 characters.</summary>
    public const int ScalarLength = 16 * 1024;

    public const int Names = 20_000;

    public const int Rules = 5_000;

    public const int Grants = 5_000;

    /// <summary>A page of errors is enough to start mending.</summary>
    public const int Diagnostics = 100;
}
