namespace Bastion.Policy;

/// <summary>What came of loading: a snapshot, or errors; warnings in either case.</summary>
public sealed record PolicyLoadResult(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics)
{
    public bool HasErrors => Snapshot is null;
}

/// <summary>Turns policy files into a snapshot. Keeps no state: loading twice from the same bytes gives the same version.</summary>
public static class PolicyLoader
{
    /// <summary>Loads every `*.yaml` and `*.yml` in the directory (not below it) and the inventories they name.</summary>
    public static PolicyLoadResult Load(string directory) => throw new NotImplementedException(directory);

    /// <summary>Loads files already in memory; the order does not matter.</summary>
    public static PolicyLoadResult Load(IReadOnlyList<PolicyFile> files) => throw new NotImplementedException(files.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
}
