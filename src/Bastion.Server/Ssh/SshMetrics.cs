using System.Diagnostics.Metrics;

namespace Bastion.Server.Ssh;

/// <summary>What the SSH front door counts, for whoever listens to the meter `Bastion.Ssh`.</summary>
internal static class SshMetrics
{
    public const string MeterName = "Bastion.Ssh";

    private static readonly Meter Meter = new(MeterName);

    private static readonly UpDownCounter<int> Connections = Meter.CreateUpDownCounter<int>(
        "bastion_ssh_connections", description: "Client connections that are open.");

    private static readonly Counter<long> Ends = Meter.CreateCounter<long>(
        "bastion_ssh_connections_ended", description: "Client connections ended, by outcome.");

    private static readonly UpDownCounter<int> Channels = Meter.CreateUpDownCounter<int>(
        "bastion_ssh_channels", description: "Client channels that are open.");

    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>(
        "bastion_ssh_relayed", unit: "By",
        description: "Channel data relayed, by direction; counted when a channel ends.");

    private static readonly Histogram<double> TargetLogins = Meter.CreateHistogram<double>(
        "bastion_target_login_duration", unit: "s",
        description: "Time from a started session to a login on its target.");

    public static void ConnectionOpened() => Connections.Add(1);

    public static void ConnectionEnded(RelayOutcome outcome)
    {
        Connections.Add(-1);
        Ends.Add(1, new KeyValuePair<string, object?>("outcome", outcome.ToString()));
    }

    public static void ChannelOpened() => Channels.Add(1);

    public static void ChannelEnded() => Channels.Add(-1);

    public static void Relayed(long bytesToTarget, long bytesToClient)
    {
        Bytes.Add(bytesToTarget, new KeyValuePair<string, object?>("direction", "to-target"));
        Bytes.Add(bytesToClient, new KeyValuePair<string, object?>("direction", "to-client"));
    }

    public static void TargetLogin(TimeSpan duration) => TargetLogins.Record(duration.TotalSeconds);
}
