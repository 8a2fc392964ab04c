using System.Text.RegularExpressions;

namespace Bastion.Followers.Reports.Pages;

/// <summary>The anomaly rules by their names for people.</summary>
internal static partial class AnomalyWords
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

    /// <summary>The sentences of the rules, as they stand in the journal, and the same with their figures in
    /// Chinese.</summary>
    private static readonly (Regex English, string Chinese)[] Reasons =
    [
        (FirstOnTarget(), "$1 个会话中首次访问该目标"),
        (NewNetwork(), "此前 $1 个会话均非来自该网络"),
        (UnusualHour(), "$1 $2：此前 $4 个会话中，仅 $3 个在同类日的前后两小时内开始"),
        (Destruction(), "$2 分钟内执行 $1 次破坏性操作"),
        (Denials(), "$2 分钟内被拒 $1 次"),
        (Hasty(), "连续 $1 次批准，每次均在 $2 秒内"),
        (Pair(), "$3 天内互相批准对方的请求：$1 次与 $2 次"),
        (Coverage(), "最近 $2 个会话的可理解比例为 $1 %，平时为 $3 %"),
    ];

    private static readonly Dictionary<string, string> Days = new(StringComparer.Ordinal)
    {
        ["Monday"] = "周一",
        ["Tuesday"] = "周二",
        ["Wednesday"] = "周三",
        ["Thursday"] = "周四",
        ["Friday"] = "周五",
        ["Saturday"] = "周六",
        ["Sunday"] = "周日",
    };

    /// <summary>Why it was flagged. A sentence that is none of ours stays as it is.</summary>
    public static string Reason(string reason, string language)
    {
        if (language != "zh")
        {
            return reason;
        }

        foreach ((Regex? english, string? chinese) in Reasons)
        {
            Match match = english.Match(reason);
            if (match.Success)
            {
                return Days.Aggregate(match.Result(chinese),
                    (text, day) => text.Replace(day.Key, day.Value, StringComparison.Ordinal));
            }
        }

        return reason;
    }

    [GeneratedRegex(@"^the first of (\d+) sessions that goes to this target\z", RegexOptions.CultureInvariant)]
    private static partial Regex FirstOnTarget();

    [GeneratedRegex(@"^none of (\d+) earlier sessions came from there\z", RegexOptions.CultureInvariant)]
    private static partial Regex NewNetwork();

    [GeneratedRegex(@"^(\w+day) (\d\d:\d\d): (\d+) of (\d+) earlier sessions began within two hours of it on such a day\z", RegexOptions.CultureInvariant)]
    private static partial Regex UnusualHour();

    [GeneratedRegex(@"^(\d+) destructive acts within (\d+) minutes\z", RegexOptions.CultureInvariant)]
    private static partial Regex Destruction();

    [GeneratedRegex(@"^(\d+) refusals within (\d+) minutes\z", RegexOptions.CultureInvariant)]
    private static partial Regex Denials();

    [GeneratedRegex(@"^(\d+) approvals one after another, each within (\d+) seconds\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hasty();

    [GeneratedRegex(@"^they approved (\d+) and (\d+) of each other's requests within (\d+) days\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Pair();

    [GeneratedRegex(@"^(\d+) % of the last (\d+) sessions was understood, usually (\d+) %\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Coverage();

    public static string Name(string rule, string language) =>
        Names.TryGetValue(rule, out (string En, string Zh) name) ? language == "zh" ? name.Zh : name.En : rule;
}
