using System.Collections.Frozen;

namespace Bastion.Analysis;

/// <summary>What a command does to the world. The names (<c>file.delete</c> …) are the vocabulary of policy files, the
/// catalogue and the journal.</summary>
public enum EffectKind
{
    FileDelete,
    FileOverwrite,
    DiskWipe,
    DiskFormat,
    VolumeDestroy,
    BackupDestroy,
    DatabaseDrop,
    DatabaseTruncate,
    DatabaseDeleteAll,
    DatabaseUpdateAll,
    DatabaseAlter,
    DatabaseGrant,
    DatabaseProgram,
    ServiceStop,
    ServiceRestart,
    HostShutdown,
    ProcessKill,
    ContainerDestroy,
    ClusterDelete,
    CloudDestroy,
    RepositoryRewrite,
    IdentityChange,
    PermissionChange,
    NetworkFilter,
    KernelChange,
    ScheduleCreate,
    AuditTamper,
    PrivilegeRaise,
    DataExport,
    SecretRead,
    SessionEscape,
    CodeOpaque,
}

public static class EffectKinds
{
    private static readonly string[] Names =
    [
        "file.delete", "file.overwrite", "disk.wipe", "disk.format", "volume.destroy", "backup.destroy",
        "database.drop", "database.truncate", "database.delete-all", "database.update-all", "database.alter",
        "database.grant", "database.program", "service.stop", "service.restart", "host.shutdown", "process.kill",
        "container.destroy", "cluster.delete", "cloud.destroy", "repository.rewrite", "identity.change",
        "permission.change", "network.filter", "kernel.change", "schedule.create", "audit.tamper", "privilege.raise",
        "data.export", "secret.read", "session.escape", "code.opaque",
    ];

    private static readonly FrozenDictionary<string, EffectKind> ByName =
        Names.Select((name, index) => (name, (EffectKind)index)).ToFrozenDictionary(x => x.name, x => x.Item2);

    /// <summary>Every name, in the order of the enumeration.</summary>
    public static IReadOnlyList<string> All => Names;

    public static string Name(this EffectKind kind) => Names[(int)kind];

    public static bool TryParse(string name, out EffectKind kind) => ByName.TryGetValue(name, out kind);

    /// <summary>True for the kinds that say: from here on we cannot see what runs.</summary>
    public static bool IsOpaque(this EffectKind kind) => kind is EffectKind.SessionEscape or EffectKind.CodeOpaque;
}
