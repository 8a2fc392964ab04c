namespace Bastion.Analysis.Evaluation;

/// <summary>How many things a value may stand for.</summary>
internal enum Multiplicity
{
    One,

    /// <summary>Those whose names match a pattern.</summary>
    Several,

    /// <summary>As many as a search, a loop, xargs or a substitution hands over.</summary>
    Any,
}

/// <summary>Many at once is worse than one, whatever is done to them.</summary>
internal static class BulkLevel
{
    public static RiskLevel Of(EffectKind kind, RiskLevel level, Multiplicity multiplicity)
    {
        RiskLevel least = multiplicity switch
        {
            Multiplicity.Any => OfAny(kind),
            Multiplicity.Several => OfSeveral(kind),
            _ => RiskLevel.Low,
        };
        return level > least ? level : least;
    }

    private static RiskLevel OfAny(EffectKind kind) => kind switch
    {
        EffectKind.FileDelete or EffectKind.ContainerDestroy or EffectKind.VolumeDestroy or EffectKind.BackupDestroy
            or EffectKind.CloudDestroy or EffectKind.ClusterDelete
            or EffectKind.DatabaseDeleteAll or EffectKind.DatabaseDrop or EffectKind.ServiceStop
            or EffectKind.ProcessKill or EffectKind.IdentityChange or EffectKind.RepositoryRewrite => RiskLevel.High,
        EffectKind.ServiceRestart or EffectKind.NetworkFilter or EffectKind.KernelChange
            or EffectKind.DatabaseUpdateAll => RiskLevel.Medium,
        _ => RiskLevel.Low,
    };

    private static RiskLevel OfSeveral(EffectKind kind) => kind switch
    {
        EffectKind.ServiceStop or EffectKind.ProcessKill => RiskLevel.High,
        EffectKind.FileDelete or EffectKind.ServiceRestart => RiskLevel.Medium,
        _ => RiskLevel.Low,
    };
}
