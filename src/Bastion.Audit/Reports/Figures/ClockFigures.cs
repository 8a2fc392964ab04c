using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

/// <summary>The journal as a thing: its order against its times, its growth, its gaps.</summary>
internal sealed class ClockFigures
{
    private const int MaximumListed = 50;
    private const int LeafHashAndSeparators = 66;

    private readonly Newest<ClockStep> _steps = new(MaximumListed);
    private readonly Newest<Interruption> _interruptions = new(MaximumListed);
    private DateTimeOffset _last;
    private DateTimeOffset _lastBeforeOpening;
    private double _largest;

    public long Records { get; private set; }

    public long Bytes { get; private set; }

    public IReadOnlyList<Interruption> Interruptions => _interruptions.Items;

    public long InterruptionCount => _interruptions.Total;

    /// <summary>Every record, also those outside the period: what lies before one matters.</summary>
    public void Pass(JournalEntry entry, bool inPeriod)
    {
        if (inPeriod)
        {
            Records++;
            Bytes += entry.Json.Length + LeafHashAndSeparators;
            if (entry.At < _last)
            {
                double back = Math.Round((_last - entry.At).TotalSeconds, 3);
                _largest = Math.Max(_largest, back);
                _steps.Add(new ClockStep(entry.Sequence, entry.At, back));
            }
        }

        if (entry.Kind == "journal.opened")
        {
            _lastBeforeOpening = _last;
        }

        _last = entry.At;
    }

    public void Opened(ReadRecord record)
    {
        // The very first opening has nothing before it.
        if (_lastBeforeOpening != default)
        {
            _interruptions.Add(new Interruption(
                record.Entry.Sequence, record.At, _lastBeforeOpening, record.Members.Flag("cleanBefore"u8), 0));
        }
    }

    public void Repaired(ReadRecord record)
    {
        if (record.Members.Number("removedBytes"u8) is { } bytes)
        {
            _interruptions.Add(new Interruption(record.Entry.Sequence, record.At, _lastBeforeOpening, false, bytes));
        }
    }

    public OperationSection Build(ReportPeriod period) => new()
    {
        StepsBack = _steps.Total,
        LargestStepBackSeconds = _largest,
        Steps = _steps.Items,
        Records = Records,
        JournalBytes = Bytes,
        BytesADay = Math.Round(Bytes / Math.Max((period.To - period.From).TotalDays, 1.0 / 24)),
    };
}
