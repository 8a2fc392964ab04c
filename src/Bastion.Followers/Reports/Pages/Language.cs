using System.Globalization;

namespace Bastion.Followers.Reports.Pages;

/// <summary>The two languages a report is written in. Both wordings stand side by side where they are used.</summary>
internal sealed class Language
{
    public static readonly Language English = new("en");
    public static readonly Language Chinese = new("zh");

    private Language(string code) => Code = code;

    /// <summary>`en` or `zh`.</summary>
    public string Code { get; }

    public static Language Of(string code) => code == Chinese.Code ? Chinese : English;

    public string Say(string english, string chinese) => this == Chinese ? chinese : english;

    public static string Count(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    public static string Percent(double? value) =>
        value is { } known ? known.ToString("0.#", CultureInfo.InvariantCulture) + "\u00a0%" : "\u2013";

    public static string Bytes(double bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        int unit = 0;
        while (bytes >= 1000 && unit < units.Length - 1)
        {
            bytes /= 1000;
            unit++;
        }

        return bytes.ToString(unit == 0 ? "0" : "0.#", CultureInfo.InvariantCulture) + "\u00a0" + units[unit];
    }

    public string Seconds(double? seconds) => seconds switch
    {
        null => "\u2013",
        < 100 => seconds.Value.ToString("0.#", CultureInfo.InvariantCulture) + Say("\u00a0s", "\u00a0秒"),
        < 6000 => (seconds.Value / 60).ToString("0.#", CultureInfo.InvariantCulture) + Say("\u00a0min", "\u00a0分钟"),
        _ => (seconds.Value / 3600).ToString("0.#", CultureInfo.InvariantCulture) + Say("\u00a0h", "\u00a0小时"),
    };
}
