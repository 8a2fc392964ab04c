namespace Bastion.Analysis;

/// <summary>How much an effect matters by itself; policy decides what follows from it. The order is used: the worst
/// decides.</summary>
public enum RiskLevel
{
    /// <summary>Nobody need be asked.</summary>
    Low,

    /// <summary>Others notice, or work is interrupted, and it can be undone: a service stopped, a process
    /// killed.</summary>
    Medium,

    /// <summary>Destructive or irreversible, or it starts something whose acts cannot be known from here.</summary>
    High,

    /// <summary>Loses data, backups or evidence beyond what one person could restore: a whole disk, a root file system,
    /// a database.</summary>
    Critical,
}
