namespace Bastion.Policy.Loading;

/// <summary>The three administrations, and what each may do in the console. No right stands in two of them but
/// reading.</summary>
internal static class BuiltInRoles
{
    public static readonly IReadOnlyDictionary<string, Duties> Duties =
        new Dictionary<string, Duties>(StringComparer.Ordinal)
        {
            ["system-administration"] = Policy.Duties.System,
            ["security-administration"] = Policy.Duties.Security,
            ["audit-administration"] = Policy.Duties.Audit,
        };

    public static ConsoleRights ConsoleOf(Duties duty) => duty switch
    {
        Policy.Duties.System => ConsoleRights.NodesManage,
        Policy.Duties.Security => ConsoleRights.PolicyRead | ConsoleRights.PolicyPropose | ConsoleRights.PolicyApprove
            | ConsoleRights.UsersManage | ConsoleRights.SessionsRead | ConsoleRights.SessionsWatch
            | ConsoleRights.SessionsKill,
        Policy.Duties.Audit => ConsoleRights.AuditRead | ConsoleRights.RecordingsRead | ConsoleRights.ReportsRead
            | ConsoleRights.SessionsRead | ConsoleRights.SessionsWatch | ConsoleRights.PolicyRead
            | ConsoleRights.SecretsRead,
        _ => ConsoleRights.None,
    };

    /// <summary>
    /// What holders of other administrations do not get by any further role: those who run the machine read no
    /// evidence, and those who read it change neither rules nor people nor sessions. Reports are for all.
    /// </summary>
    public static ConsoleRights ReservedFor(Duties duty) => duty switch
    {
        Policy.Duties.System => ConsoleRights.NodesManage,
        Policy.Duties.Security => ConsoleRights.PolicyPropose | ConsoleRights.PolicyApprove | ConsoleRights.UsersManage
            | ConsoleRights.SessionsKill,
        Policy.Duties.Audit => ConsoleRights.AuditRead | ConsoleRights.RecordingsRead | ConsoleRights.SecretsRead,
        _ => ConsoleRights.None,
    };

    public static string NameOf(Duties duty) => duty switch
    {
        Policy.Duties.System => "system-administration",
        Policy.Duties.Security => "security-administration",
        Policy.Duties.Audit => "audit-administration",
        _ => throw new ArgumentOutOfRangeException(nameof(duty), duty, "not one duty"),
    };
}
