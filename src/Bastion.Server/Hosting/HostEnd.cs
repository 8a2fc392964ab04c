namespace Bastion.Server.Hosting;

/// <summary>Why a gateway that ran does not any more.</summary>
public abstract record HostEnd
{
    private HostEnd()
    {
    }

    /// <summary>Somebody asked it to end.</summary>
    public sealed record Asked : HostEnd;

    /// <summary>Journal or database could not be written or were taken away. Everybody was told; what recovers them is
    /// a start.</summary>
    public sealed record StorageFailed(string Reason) : HostEnd;

    /// <summary>A part of it failed by a fault of ours.</summary>
    public sealed record Failed(string Reason) : HostEnd;
}
