using Bastion.Policy.Evaluation;
using Bastion.Policy.Loading;
using Bastion.Policy.Model;
using Bastion.Policy.Syntax;

namespace Bastion.Policy;

/// <summary>What came of loading: a snapshot, or errors; warnings in either case.</summary>
public sealed record PolicyLoadResult(PolicySnapshot? Snapshot, IReadOnlyList<PolicyDiagnostic> Diagnostics)
{
    public bool HasErrors => Snapshot is null;
}

/// <summary>Turns policy files into a snapshot. Keeps no state: loading twice from the same bytes gives the same
/// version.</summary>
public static class PolicyLoader
{
    /// <summary>
    /// Loads every `*.yaml` and `*.yml` in the directory (not below it) and the inventories they name. A directory
    /// that cannot be read is an error among the diagnostics, not an exception.
    /// </summary>
    /// <param name="time">Tells which exceptions from the separation of duties have ended; the system's when left
    /// out.</param>
    public static PolicyLoadResult Load(string directory, TimeProvider? time = null)
    {
        var found = new DiagnosticBag();
        IReadOnlyList<PolicyFile> files = PolicyDirectory.Read(directory, found);
        return found.Errors > 0
            ? new PolicyLoadResult(null, found.Sorted())
            : Load(files, PolicyDirectory.ReadInventory, time, found);
    }

    /// <summary>
    /// Loads a directory and runs its cases: one that fails is an error, and there is no snapshot. What a reload uses.
    /// </summary>
    /// <param name="analyse">Finds the effects of the command lines in cases.</param>
    public static PolicyLoadResult LoadAndTest(
        string directory, Func<string, IReadOnlyList<PolicyEffect>> analyse, TimeProvider? time = null)
    {
        PolicyLoadResult loaded = Load(directory, time);
        var cases = PolicyCaseFiles.Load(directory);
        if (loaded.Snapshot is not { } snapshot || cases.HasErrors)
        {
            return new PolicyLoadResult(null, [.. loaded.Diagnostics, .. cases.Diagnostics]);
        }

        var failed = PolicyTest.Run(snapshot, cases.Cases, analyse)
            .Where(result => !result.Passed)
            .Select(result => new PolicyDiagnostic(DiagnosticSeverity.Error, result.Case.Location, "case-failed",
            $"case `{ScalarNode.Display(result.Case.Name)}` fails: {result.Problem}"))
            .ToList();
        return new PolicyLoadResult(failed.Count > 0
            ? null
            : snapshot, [.. loaded.Diagnostics, .. cases.Diagnostics, .. failed]);
    }

    /// <summary>Loads files already in memory, inventories among them; the order does not matter.</summary>
    public static PolicyLoadResult Load(IReadOnlyList<PolicyFile> files, TimeProvider? time = null) =>
        Load([.. files.Where(PolicyDirectory.IsPolicyFile)], path => files.FirstOrDefault(f => f.Path == path), time,
        new DiagnosticBag());

    private static PolicyLoadResult Load(
        IReadOnlyList<PolicyFile> files, Func<string, PolicyFile?> inventory, TimeProvider? time, DiagnosticBag found)
    {
        PolicyContent content = Bind(files, inventory, found);
        if (found.Errors > 0)
        {
            return new PolicyLoadResult(null, found.Sorted());
        }

        // Only a policy whose names all resolve can be asked who holds what.
        var index = new PolicyIndex(content, (time ?? TimeProvider.System).GetUtcNow());
        SeparationOfDuties.Check(index, found);
        return new PolicyLoadResult(found.Errors > 0 ? null : new PolicySnapshot(index), found.Sorted());
    }

    private static PolicyContent Bind(IReadOnlyList<PolicyFile> files, Func<string, PolicyFile?> inventory,
        DiagnosticBag found)
    {
        var roots = files
            .OrderBy(file => file.Path, StringComparer.Ordinal)
            .Select(file => YamlReader.Read(file, found))
            .OfType<MapNode>()
            .ToList();
        var declared = new Declarations(found);
        foreach (MapNode? root in roots)
        {
            declared.Add(root);
        }

        declared.RefuseTooMany();
        var subjects = new SubjectBinder(declared, found);
        var grants = new GrantBinder(declared, found);
        var rules = new RuleBinder(declared, grants, found);
        var inventories = new InventoryBinder(declared, inventory, found);
        IReadOnlyDictionary<string, Target> targets = new TargetBinder(found).Targets(declared, inventories.Targets());
        return new PolicyContent
        {
            People = subjects.People(),
            Groups = subjects.Groups(),
            Roles = subjects.Roles(),
            Targets = targets,
            Grants = grants.Grants(),
            Rules = rules.Rules(),
            Walls = rules.Walls(),
            DutyExceptions = rules.DutyExceptions(),
            Sessions = Read.Session(declared.Sessions),
            InventoryFiles = inventories.Paths,
            Version = PolicyVersion.Of(roots, inventories.Files),
        };
    }
}
