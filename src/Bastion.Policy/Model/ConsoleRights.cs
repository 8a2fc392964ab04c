namespace Bastion.Policy;

/// <summary>What a role may do in the console and its web API. Everybody may see and withdraw her own.</summary>
[Flags]
public enum ConsoleRights
{
    None = 0,

    /// <summary>Lists of sessions and requests, with their commands.</summary>
    SessionsRead = 1 << 0,

    /// <summary>Watch a running session live.</summary>
    SessionsWatch = 1 << 1,

    /// <summary>End a session of someone else; freeze a person.</summary>
    SessionsKill = 1 << 2,
    RecordingsRead = 1 << 3,
    AuditRead = 1 << 4,
    ReportsRead = 1 << 5,
    PolicyRead = 1 << 6,

    /// <summary>Propose a change of policy; somebody else approves it.</summary>
    PolicyPropose = 1 << 7,
    PolicyApprove = 1 << 8,

    /// <summary>Enrol and lock people, reset their factors.</summary>
    UsersManage = 1 << 9,

    /// <summary>Nodes, storage, credentials in the vault, health.</summary>
    NodesManage = 1 << 10,

    /// <summary>See keys, tokens and passwords in commands as they were typed; everybody else sees them
    /// masked.</summary>
    SecretsRead = 1 << 11,
}
