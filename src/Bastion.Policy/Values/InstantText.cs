using System.Globalization;

namespace Bastion.Policy.Values;

/// <summary>Moments with their offset: `2026-12-31`, `2026-12-31T18:00Z`, `2026-12-31T18:00+08:00`.</summary>
internal static class InstantText
{
    public const string Pattern =
        "^[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2}))?$";

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd HH:mmK", "yyyy-MM-dd HH:mm:ssK",
    ];

    public static bool TryParse(string text, out DateTimeOffset instant, out string problem)
    {
        problem =
            "a moment is written `2026-12-31T18:00+08:00` or `2026-12-31T10:00Z`; a date alone is its midnight in UTC";
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None,
            out DateOnly date))
        {
            instant = new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
            return true;
        }

        if (!DateTimeOffset.TryParseExact(text, Formats, CultureInfo.InvariantCulture, DateTimeStyles.None,
            out instant))
        {
            return false;
        }

        if (!text.EndsWith('Z') && !(text.Length > 6 && text[^6] is '+' or '-'))
        {
            problem = "the moment has no offset; write `Z` for UTC or `+08:00` behind it";
            return false;
        }

        return true;
    }
}
