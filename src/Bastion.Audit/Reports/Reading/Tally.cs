namespace Bastion.Audit.Reports.Reading;

/// <summary>
/// One row for each name, up to a number; what comes under further names is gathered in one row. So whoever invents names
/// (failed logins take any) cannot fill memory, and no sum is wrong.
/// </summary>
internal sealed class Tally<TRow>(Func<string, TRow> create, int maxNames = Tally<TRow>.DefaultNames)
    where TRow : class
{
    public const int DefaultNames = 4096;

    /// <summary>No name of a person or target can be this: it is shown as a phrase.</summary>
    public const string Others = "\u2026";

    private readonly Dictionary<string, TRow> rows = new(StringComparer.Ordinal);
    private TRow? others;

    public IEnumerable<TRow> Rows => others is null ? rows.Values : rows.Values.Append(others);

    public TRow this[string name]
    {
        get
        {
            if (rows.TryGetValue(name, out TRow? row))
            {
                return row;
            }
            if (rows.Count == maxNames)
            {
                return others ??= create(Others);
            }
            rows.Add(name, row = create(name));
            return row;
        }
    }
}

/// <summary>Counts by name, bounded as <see cref="Tally{TRow}"/> is.</summary>
internal sealed class Counts(int maxNames = Counts.DefaultNames)
{
    private const int DefaultNames = 1024;

    private readonly Tally<Count> counts = new(name => new Count(name), maxNames);

    public void Add(string? name, long by = 1) => counts[name is { Length: > 0 } ? name : "\u2013"].Value += by;

    /// <summary>Most first.</summary>
    public IReadOnlyList<Counted> Top(int most = 50) =>
        [.. counts.Rows.OrderByDescending(count => count.Value).ThenBy(count => count.Name, StringComparer.Ordinal)
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
    private const int MaxNames = 1024;

    private readonly HashSet<string> names = new(StringComparer.Ordinal);

    public int Count => names.Count;

    public void Add(string? name)
    {
        if (name is not null && names.Count < MaxNames)
        {
            names.Add(name);
        }
    }
}

/// <summary>The newest so many of something, and how many there were.</summary>
internal sealed class Newest<T>(int most)
{
    private readonly Queue<T> kept = new();

    public long Total { get; private set; }

    /// <summary>Newest first.</summary>
    public IReadOnlyList<T> Items => [.. kept.Reverse()];

    public void Add(T item)
    {
        Total++;
        if (kept.Count == most)
        {
            kept.Dequeue();
        }
        kept.Enqueue(item);
    }
}
