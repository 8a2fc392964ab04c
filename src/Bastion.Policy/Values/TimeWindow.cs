using System.Globalization;

namespace Bastion.Policy.Values;

/// <summary>
/// Hours of the week in a zone: `mon-fri 09:00-18:00 Asia/Shanghai`. An end before the start runs past midnight and
/// belongs to the day it began on.
/// </summary>
internal sealed record TimeWindow(string Text, byte Days, TimeOnly From, TimeOnly To, TimeZoneInfo Zone)
{
    public const string Pattern =
        "^((mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?(,(mon|tue|wed|thu|fri|sat|sun)(-(mon|tue|wed|thu|fri|sat|sun))?)*|daily) [0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]( [A-Za-z0-9_+/-]+)?$";

    private const string Form =
        "hours are written `mon-fri 09:00-18:00 Asia/Shanghai` (days, from-to, zone; `daily` for every day, UTC when "
        + "no zone is named)";

    private static readonly string[] DayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

    public bool Contains(DateTimeOffset instant)
    {
        DateTimeOffset local = TimeZoneInfo.ConvertTime(instant, Zone);
        var time = TimeOnly.FromTimeSpan(local.TimeOfDay);
        int today = (int)local.DayOfWeek;
        if (From < To)
        {
            return IsOn(today) && time >= From && time < To;
        }

        int yesterday = (today + 6) % 7;
        return (IsOn(today) && time >= From) || (IsOn(yesterday) && time < To);
    }

    public static bool TryParse(string text, out TimeWindow window, out string problem)
    {
        window = null!;
        problem = Form;
        string[] parts = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length is < 2 or > 3 || !TryDays(parts[0], out byte days, ref problem)
            || parts[1].Split('-') is not [var from, var to])
        {
            return false;
        }

        if (!TryTime(from, out TimeOnly start) || !TryTime(to, out TimeOnly end))
        {
            return false;
        }

        if (start == end && to != "24:00")
        {
            problem = "the hours end when they begin; for a whole day write `00:00-24:00`";
            return false;
        }

        string zoneName = parts.Length == 3 ? parts[2] : "UTC";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zoneName, out TimeZoneInfo? zone))
        {
            string? near = Suggestion.For(zoneName, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id));
            problem = $"`{zoneName}` is no time zone this machine knows"
                + (near is null ? "; use a name such as `Europe/Berlin` or `UTC`" : $"; did you mean `{near}`?");
            return false;
        }

        window = new TimeWindow(text, days, start, end, zone);
        return true;
    }

    private bool IsOn(int day) => (Days & (1 << day)) != 0;

    // 24:00 is the end of the day: kept as midnight, which `Contains` reads as running to the end.
    private static bool TryTime(string text, out TimeOnly time)
    {
        if (text == "24:00")
        {
            time = TimeOnly.MinValue;
            return true;
        }

        return TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
    }

    private static bool TryDays(string text, out byte days, ref string problem)
    {
        days = 0;
        if (text == "daily")
        {
            days = 0x7f;
            return true;
        }

        foreach (string range in text.Split(','))
        {
            string[] ends = range.Split('-');
            int first = Array.IndexOf(DayNames, ends[0]);
            int last = Array.IndexOf(DayNames, ends[^1]);
            if (ends.Length > 2 || first < 0 || last < 0)
            {
                string wrong = first < 0 ? ends[0] : ends[^1];
                problem = $"`{wrong}` is no day; days are mon, tue, wed, thu, fri, sat, sun, or `daily`";
                return false;
            }

            for (int day = first; ; day = (day + 1) % 7)
            {
                days |= (byte)(1 << day);
                if (day == last)
                {
                    break;
                }
            }
        }

        return true;
    }
}
