using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Bastion.Web.Telemetry;

/// <summary>
/// Gathers every instrument of our own meters and writes them in the Prometheus text format (0.0.4). Only names and
/// labels of our own making come here; the number of label sets is bounded all the same.
/// </summary>
internal sealed class PrometheusText : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private const string MeterPrefix = "Bastion.";

    /// <summary>Per instrument; a label that runs away must not eat the memory.</summary>
    private const int MaximumSeries = 500;

    /// <summary>Upper bounds in the histogram's own unit, which is seconds throughout.</summary>
    private static readonly double[] Bounds =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, Family> _families = new(StringComparer.Ordinal);
    private readonly MeterListener _listener = new();

    public PrometheusText()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name.StartsWith(MeterPrefix, StringComparison.Ordinal))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measure(instrument, value, tags));
        _listener.Start();
    }

    public string Write()
    {
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        lock (_lock)
        {
            foreach ((string? name, Family? family) in _families)
            {
                family.Write(text, name);
            }
        }

        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Measure(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string labels = LabelsOf(tags);
        string type = TypeOf(instrument);
        string name = type == "counter" ? instrument.Name + "_total" : instrument.Name;
        lock (_lock)
        {
            if (!_families.TryGetValue(name, out Family? family))
            {
                _families[name] = family = new Family(type, instrument.Description ?? "");
            }

            family.Measure(labels, value, isTotal: instrument.IsObservable || IsGauge(instrument));
        }
    }

    private static string TypeOf(Instrument instrument)
    {
        Type generic = instrument.GetType().GetGenericTypeDefinition();
        return generic == typeof(Counter<>) || generic == typeof(ObservableCounter<>) ? "counter"
            : generic == typeof(Histogram<>) ? "histogram"
            : "gauge";
    }

    /// <summary>A gauge measures a level; an up-down counter, which is written as a gauge too, measures
    /// changes.</summary>
    private static bool IsGauge(Instrument instrument) =>
        instrument.GetType().GetGenericTypeDefinition() == typeof(Gauge<>);

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach ((string? key, object? value) in tags)
        {
            string? escaped = Convert.ToString(value, CultureInfo.InvariantCulture)?
                .Replace("\\", "\\\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length == 0 ? "" : ",").Append(key).Append("=\"").Append(escaped).Append('"');
        }

        return text.ToString();
    }

    /// <summary>All series of one instrument.</summary>
    private sealed class Family(string type, string help)
    {
        private readonly SortedDictionary<string, Series> _series = new(StringComparer.Ordinal);

        public void Measure(string labels, double value, bool isTotal)
        {
            if (!_series.TryGetValue(labels, out Series? series))
            {
                if (_series.Count == MaximumSeries)
                {
                    return;
                }

                _series[labels] = series = new Series(type == "histogram" ? new long[Bounds.Length] : []);
            }

            series.Measure(value, isTotal);
        }

        public void Write(StringBuilder text, string name)
        {
            text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
            foreach ((string? labels, Series? series) in _series)
            {
                if (type == "histogram")
                {
                    series.WriteBuckets(text, name, labels);
                }
                else
                {
                    text.Append(name).Append(labels.Length == 0 ? "" : $"{{{labels}}}").Append(' ')
                        .Append(series.Value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
                }
            }
        }
    }

    private sealed class Series(long[] buckets)
    {
        private long _count;

        public double Value { get; private set; }

        public void Measure(double value, bool isTotal)
        {
            Value = isTotal ? value : Value + value;
            _count++;
            for (int bucket = 0; bucket < buckets.Length; bucket++)
            {
                buckets[bucket] += value <= Bounds[bucket] ? 1 : 0;
            }
        }

        public void WriteBuckets(StringBuilder text, string name, string labels)
        {
            string prefix = labels.Length == 0 ? "" : labels + ",";
            for (int bucket = 0; bucket < buckets.Length; bucket++)
            {
                text.Append(CultureInfo.InvariantCulture,
                    $"{name}_bucket{{{prefix}le=\"{Bounds[bucket]:R}\"}} {buckets[bucket]}\n");
            }

            string braces = labels.Length == 0 ? "" : $"{{{labels}}}";
            text.Append(CultureInfo.InvariantCulture, $"{name}_bucket{{{prefix}le=\"+Inf\"}} {_count}\n");
            text.Append(CultureInfo.InvariantCulture, $"{name}_sum{braces} {Value:R}\n{name}_count{braces} {_count}\n");
        }
    }
}
