namespace Bastion.Server.Reports.Pages;

/// <summary>The anomaly rules by their names for people.</summary>
internal static class AnomalyWords
{
    private static readonly Dictionary<string, (string En, string Zh)> Names = new(StringComparer.Ordinal)
    {
        ["first-time-on-target"] = ("first time on a target", "首次访问目标"),
        ["new-network"] = ("new network", "新网络"),
        ["unusual-hour"] = ("unusual hour", "异常时段"),
        ["destruction-speed"] = ("fast destruction", "破坏操作过快"),
        ["many-denials"] = ("many refusals", "多次被拒"),
        ["coverage-drop"] = ("coverage dropped", "覆盖率下降"),
        ["hasty-approver"] = ("hasty approver", "审批过快"),
        ["approval-pair"] = ("mutual approvals", "互相审批"),
    };

    public static string Name(string rule, string language) =>
        Names.TryGetValue(rule, out var name) ? language == "zh" ? name.Zh : name.En : rule;
}
