namespace Bastion.Audit.Reports.Reading;

/// <summary>
/// One row for each name, up to a number; what comes under further names is gathered in one row. So whoever invents
/// names (failed logins take any) cannot fill memory, and no sum is wrong.
/// </summary>
internal sealed class Tally<TRow>(Func<string, TRow> create, int maximumNames = Tally<TRow>.DefaultNames)
    where TRow : class
{
    public const int DefaultNames = 4096;

    /// <summary>No name of a person or target can be this: it is shown as a phrase.</summary>
    public const string Others = "\u2026";

    private readonly Dictionary<string, TRow> _rows = new(StringComparer.Ordinal);
    private TRow? _others;

    public IEnumerable<TRow> Rows => _others is null ? _rows.Values : _rows.Values.Append(_others);

    public TRow this[string name]
    {
        get
        {
            if (_rows.TryGetValue(name, out TRow? row))
            {
                return row;
            }

            if (_rows.Count == maximumNames)
            {
                return _others ??= create(Others);
            }

            _rows.Add(name, row = create(name));
            return row;
        }
    }
}

/// <summary>Counts by name, bounded as <see cref="Tally{TRow}"/> is.</summary>
internal sealed class Counts(int maximumNames = Counts.DefaultNames)
{
    private const int DefaultNames = 1024;

    private readonly Tally<Count> _counts = new(name => new Count(name), maximumNames);

    public void Add(string? name, long by = 1) => _counts[name is { Length: > 0 } ? name : "\u2013"].Value += by;

    /// <summary>Most first.</summary>
    public IReadOnlyList<Counted> Top(int most = 50) =>
        [.. _counts.Rows.OrderByDescending(count => count.Value).ThenBy(count => count.Name, StringComparer.Ordinal)
            .Take(most).Select(count => new Counted(count.Name, count.Value))];

    private sealed class Count(string name)
    {
        public string Name { get; } = name;

        public long Value { get; set; }
    }
}

/// <summary>Up to a number of distinct names, then the number alone: "at least so many".</summary>
internal sealed class Distinct
{
    private const int MaximumNames = 1024;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);

    public int Count => _names.Count;

    public void Add(string? name)
    {
        if (name is not null && _names.Count < MaximumNames)
        {
            _names.Add(name);
        }
    }
}

/// <summary>The newest so many of something, and how many there were.</summary>
internal sealed class Newest<T>(int most)
{
    private readonly Queue<T> _kept = new();

    public long Total { get; private set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<T> Items => [.. _kept.Reverse()];

    public void Add(T item)
    {
        Total++;
        if (_kept.Count == most)
        {
            _kept.Dequeue();
        }

        _kept.Enqueue(item);
    }
}
