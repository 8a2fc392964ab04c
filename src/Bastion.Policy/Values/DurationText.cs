using System.Globalization;

namespace Bastion.Policy.Values;

/// <summary>Lengths of time as policy files write them: `30s`, `5m`, `2h`, `1h30m`, `90d`.</summary>
internal static class DurationText
{
    public const string Pattern = "^([0-9]{1,6}[smhd]){1,4}$";

    /// <summary>Ten years. Longer is a slip of the finger.</summary>
    private static readonly TimeSpan Maximum = TimeSpan.FromDays(3_660);

    public static bool TryParse(string text, out TimeSpan duration, out string problem)
    {
        duration = TimeSpan.Zero;
        problem = "a length of time is a number and a unit, such as `30s`, `5m`, `2h`, `1h30m` or `90d`";
        int at = 0;
        while (at < text.Length)
        {
            int start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
            {
                at++;
            }

            if (at == start || at - start > 6 || at == text.Length)
            {
                return false;
            }

            int number = int.Parse(text.AsSpan(start, at - start), CultureInfo.InvariantCulture);
            TimeSpan unit = text[at++] switch
            {
                's' => TimeSpan.FromSeconds(1),
                'm' => TimeSpan.FromMinutes(1),
                'h' => TimeSpan.FromHours(1),
                'd' => TimeSpan.FromDays(1),
                _ => TimeSpan.Zero,
            };
            if (unit == TimeSpan.Zero)
            {
                return false;
            }

            duration += unit * number;
        }

        if (duration <= TimeSpan.Zero || duration > Maximum)
        {
            problem = "a length of time lies between one second and ten years";
            return false;
        }

        return true;
    }

    /// <summary>The shortest way to write it: 5400 s is `1h30m`.</summary>
    public static string Format(TimeSpan duration)
    {
        var text = new System.Text.StringBuilder();
        Append(text, duration.Days, 'd');
        Append(text, duration.Hours, 'h');
        Append(text, duration.Minutes, 'm');
        Append(text, duration.Seconds, 's');
        return text.Length == 0 ? "0s" : text.ToString();
    }

    private static void Append(System.Text.StringBuilder text, int number, char unit)
    {
        if (number > 0)
        {
            text.Append(CultureInfo.InvariantCulture, $"{number}{unit}");
        }
    }
}
