using Bastion.Audit.Notes;
using Bastion.Followers.Shipping;

namespace Bastion.Followers.Witnesses;

/// <summary>Somebody on another machine who cosigns the journal's checkpoints (C2SP tlog-witness).</summary>
public sealed record WitnessOptions
{
    public required string Name { get; init; }

    /// <summary>The submission prefix: `add-checkpoint` lies below it.</summary>
    public required HttpOutlet Outlet { get; init; }

    /// <summary>Of type cosignature. What the witness sends counts under this key alone.</summary>
    public required NoteVerifierKey Key { get; init; }
}

/// <summary>What follows when a witness says that it has seen another history of the journal.</summary>
public enum WitnessRefusalAct
{
    /// <summary>No new session starts until the witness cosigns again; running ones go on.</summary>
    Stop,

    /// <summary>It is recorded and people are told; for witnesses that others run.</summary>
    Warn,
}
