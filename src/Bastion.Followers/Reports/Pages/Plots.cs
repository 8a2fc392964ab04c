using System.Globalization;
using Bastion.Audit.Reports;

namespace Bastion.Followers.Reports.Pages;

/// <summary>One bar or stack: a label below and one height for each series.</summary>
internal sealed record Bar(string Label, IReadOnlyList<double> Values);

/// <summary>Inline SVG. Colours are the style's classes, so that a plot follows light, dark and print.</summary>
internal static class Plots
{
    private const int Width = 720;
    private const int Height = 170;
    private const int Left = 46;
    private const int Top = 10;
    private const int Bottom = 22;
    private const int PlotHeight = Height - Top - Bottom;
    private const int PlotWidth = Width - Left - 8;
    private const int LabelWidth = 54;

    /// <param name="classes">Colour class of each series, lowest in the stack first.</param>
    public static void Bars(Html html, string title, IReadOnlyList<Bar> bars, IReadOnlyList<string> classes)
    {
        double most = NiceCeiling(bars.Max(bar => bar.Values.Sum()));
        Open(html, title, Height);
        Scale(html, most, "#,0.##");
        double step = (double)PlotWidth / bars.Count;
        int every = Math.Max(1, (int)Math.Ceiling(LabelWidth / step));
        for (int index = 0; index < bars.Count; index++)
        {
            double x = Left + (index * step);
            double floor = Top + PlotHeight;
            for (int series = 0; series < classes.Count; series++)
            {
                double height = bars[index].Values[series] / most * PlotHeight;
                floor -= height;
                if (height > 0)
                {
                    html.Raw("<rect class=\"").Raw(classes[series]).Raw("\" x=\"").Number(x + (step * 0.12))
                        .Raw("\" y=\"").Number(floor)
                        .Raw("\" width=\"").Number(step * 0.76).Raw("\" height=\"").Number(Math.Max(height, 0.6))
                        .Raw("\"/>");
                }
            }

            if (index % every == 0)
            {
                Label(html, x + (step / 2), bars[index].Label);
            }
        }

        html.Raw("</svg>");
    }

    /// <summary>Shares in percent over time; what is not known leaves a gap.</summary>
    public static void Trend(Html html, string title, IReadOnlyList<(string Label, double? Value)> points)
    {
        // Coverage is mostly near 100: the axis begins where it gets interesting, and says so.
        double least = Math.Floor((points.Min(point => point.Value) ?? 0) / 10) * 10;
        least = Math.Min(least, 90);
        Open(html, title, Height);
        Scale(html, 100, "0.#'\u00a0%'", least);
        double step = (double)PlotWidth / points.Count;
        int every = Math.Max(1, (int)Math.Ceiling(LabelWidth / step));
        bool drawing = false;
        html.Raw("<path class=\"trend\" d=\"");
        for (int index = 0; index < points.Count; index++)
        {
            if (points[index].Value is { } value)
            {
                html.Raw(drawing ? "L" : "M").Number(Left + ((index + 0.5) * step)).Raw(" ")
                    .Number(Top + PlotHeight - ((value - least) / (100 - least) * PlotHeight));
            }

            drawing = points[index].Value is not null;
        }

        html.Raw("\"/>");
        for (int index = 0; index < points.Count; index += every)
        {
            Label(html, Left + ((index + 0.5) * step), points[index].Label);
        }

        html.Raw("</svg>");
    }

    /// <summary>Weekday by hour: the darker the more.</summary>
    public static void Week(Html html, string title, IReadOnlyList<IReadOnlyList<long>> week,
        IReadOnlyList<string> days)
    {
        const int Cell = 20;
        const int Wide = 27;
        long most = Math.Max(1, week.Max(day => day.Max()));
        Open(html, title, (7 * Cell) + 26);
        for (int day = 0; day < 7; day++)
        {
            html.Raw("<text x=\"38\" text-anchor=\"end\" y=\"").Number((day * Cell) + 20).Raw("\">").Text(days[day])
                .Raw("</text>");
            for (int hour = 0; hour < 24; hour++)
            {
                double share = (double)week[day][hour] / most;
                html.Raw("<rect class=\"cell\" x=\"").Number(Left + (hour * Wide)).Raw("\" y=\"")
                    .Number((day * Cell) + 6)
                    .Raw("\" width=\"").Number(Wide - 2).Raw("\" height=\"").Number(Cell - 2)
                    .Raw("\" rx=\"2\" fill-opacity=\"")
                    .Number(week[day][hour] == 0 ? 0.06 : 0.15 + (0.85 * share), "0.##").Raw("\"><title>")
                    .Text($"{days[day]} {hour:00}:00 · {week[day][hour]}").Raw("</title></rect>");
            }
        }

        for (int hour = 0; hour < 24; hour += 3)
        {
            html.Raw("<text x=\"").Number(Left + (hour * Wide)).Raw("\" y=\"").Number((7 * Cell) + 20).Raw("\">")
                .Text($"{hour:00}:00").Raw("</text>");
        }

        html.Raw("</svg>");
    }

    /// <summary>Days joined to weeks and months where there are too many to see.</summary>
    public static IReadOnlyList<T> Join<T>(IReadOnlyList<Slice> slices, Func<IReadOnlyList<Slice>, string, T> join)
    {
        const int MostBars = 70;
        int size = slices.Count <= MostBars ? 1 : slices.Count <= 7 * MostBars ? 7 : 30;
        bool hourly = slices.Count > 1 && slices[1].Start - slices[0].Start < TimeSpan.FromDays(1);
        return
        [
            .. slices.Chunk(size).Select(chunk => join(
                chunk, chunk[0].Start.ToString(hourly ? "HH:mm" : size == 30
                    ? "yyyy-MM"
                    : "MM-dd", CultureInfo.InvariantCulture))),
        ];
    }

    private static void Open(Html html, string title, int height) =>
        html.Raw("<svg viewBox=\"0 0 ").Number(Width).Raw(" ").Number(height).Raw("\" role=\"img\" aria-label=\"")
        .Text(title).Raw("\">");

    private static void Scale(Html html, double most, string format, double least = 0)
    {
        for (int part = 0; part <= 2; part++)
        {
            double y = Top + PlotHeight - (PlotHeight * part / 2.0);
            html.Raw("<line class=\"grid\" x1=\"").Number(Left).Raw("\" x2=\"").Number(Width - 8).Raw("\" y1=\"")
                .Number(y).Raw("\" y2=\"").Number(y)
                .Raw("\"/><text text-anchor=\"end\" x=\"").Number(Left - 5).Raw("\" y=\"").Number(y + 4).Raw("\">")
                .Text((least + ((most - least) * part / 2)).ToString(format, CultureInfo.InvariantCulture))
                .Raw("</text>");
        }
    }

    private static void Label(Html html, double x, string label) =>
        html.Raw("<text text-anchor=\"middle\" x=\"").Number(Math.Clamp(x, Left + 12, Width - 24)).Raw("\" y=\"")
        .Number(Height - 6).Raw("\">").Text(label).Raw("</text>");

    private static double NiceCeiling(double value)
    {
        if (value <= 2)
        {
            return 2;
        }

        double power = Math.Pow(10, Math.Floor(Math.Log10(value)));
        double[] steps = [1, 2, 4, 6, 8, 10];
        return steps.First(step => step * power >= value) * power;
    }
}
