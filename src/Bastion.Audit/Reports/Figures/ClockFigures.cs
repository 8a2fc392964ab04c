using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

/// <summary>The journal as a thing: its order against its times, its growth, its gaps.</summary>
internal sealed class ClockFigures
{
    private const int MaxListed = 50;
    private const int LeafHashAndSeparators = 66;

    private readonly Newest<ClockStep> steps = new(MaxListed);
    private readonly Newest<Interruption> interruptions = new(MaxListed);
    private DateTimeOffset last;
    private DateTimeOffset lastBeforeOpening;
    private double largest;

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    public IReadOnlyList<Interruption> Interruptions => interruptions.Items;

    public long InterruptionCount => interruptions.Total;

    /// <summary>Every record, also those outside the period: what lies before one matters.</summary>
    public void Pass(JournalEntry entry, bool inPeriod)
    {
        if (inPeriod)
        {
            Records++;
            Bytes += entry.Json.Length + LeafHashAndSeparators;
            if (entry.At < last)
            {
                double back = Math.Round((last - entry.At).TotalSeconds, 3);
                largest = Math.Max(largest, back);
                steps.Add(new ClockStep(entry.Sequence, entry.At, back));
            }
        }
        if (entry.Kind == "journal.opened")
        {
            lastBeforeOpening = last;
        }
        last = entry.At;
    }

    public void Opened(ReadRecord record)
    {
        // The very first opening has nothing before it.
        if (lastBeforeOpening != default)
        {
            interruptions.Add(new Interruption(
                record.Entry.Sequence, record.At, lastBeforeOpening, record.Members.Flag("cleanBefore"u8), 0));
        }
    }

    public void Repaired(ReadRecord record)
    {
        if (record.Members.Number("removedBytes"u8) is { } bytes)
        {
            interruptions.Add(new Interruption(record.Entry.Sequence, record.At, lastBeforeOpening, false, bytes));
        }
    }

    public OperationSection Build(ReportPeriod period) => new()
    {
        StepsBack = steps.Total,
        LargestStepBackSeconds = largest,
        Steps = steps.Items,
        Records = Records,
        JournalBytes = Bytes,
        BytesADay = Math.Round(Bytes / Math.Max((period.To - period.From).TotalDays, 1.0 / 24)),
    };
}
