using Bastion.Audit;
using Bastion.Control.Sessions;

namespace Bastion.Control.Health;

/// <summary>Whether the gateway is fit to take new sessions, and if not, why.</summary>
/// <param name="dataDirectory">Whose disk is looked at.</param>
/// <param name="minimumFreeDisk">In bytes.</param>
public sealed class GatewayHealth(string dataDirectory, long minimumFreeDisk, Journal journal) : IAdmission
{
    private readonly List<Func<IEnumerable<string>>> _warnings = [];
    private readonly List<(string Fault, Func<Reason?> WhyNot)> _objections = [];
    private volatile bool _stopping;

    /// <summary>From now on no session starts; those that run go on until they are ended.</summary>
    public void StopTakingSessions() => _stopping = true;

    public Reason? WhyNot() =>
        _stopping ? new Reason("the gateway is shutting down; try again in a minute", "网关正在关闭；请稍后再试")
        : !DiskSuffices() ? new Reason("the gateway is short of disk; tell its administrators", "网关磁盘空间不足；请联系管理员")
        : _objections.Select(objection => objection.WhyNot()).FirstOrDefault(reason => reason is not null);

    /// <summary>One short word for each thing that is wrong; none when all is well.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        if (journal.Health.State != JournalState.Running)
        {
            faults.Add("journal");
        }

        if (!DiskSuffices())
        {
            faults.Add("disk");
        }

        if (_stopping)
        {
            faults.Add("stopping");
        }

        faults.AddRange(_objections.Where(objection => objection.WhyNot() is not null)
            .Select(objection => objection.Fault));
        return faults;
    }

    /// <summary>Adds a reason for which no session starts, and the short word for it; while the gateway is put
    /// together.</summary>
    public void AddObjection(string fault, Func<Reason?> whyNot) => _objections.Add((fault, whyNot));

    /// <summary>Adds a source of warnings; while the gateway is put together.</summary>
    public void AddWarnings(Func<IEnumerable<string>> source) => _warnings.Add(source);

    /// <summary>What somebody should look at, though sessions go on.</summary>
    public IReadOnlyList<string> Warnings() => [.. _warnings.SelectMany(source => source())];

    /// <summary>Whether there is as much free disk as a session wants.</summary>
    public bool DiskSuffices()
    {
        try
        {
            return new DriveInfo(dataDirectory).AvailableFreeSpace >= minimumFreeDisk;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
