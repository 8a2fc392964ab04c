namespace Bastion.Analysis.Sql;

/// <summary>What earlier statements of the same text set up and later ones use.</summary>
internal sealed class SqlSession
{
    // A text can define as many names as it likes; beyond this many the rest are not remembered, which errs on the
    // strict side.
    private const int MaximumNames = 4096;

    private readonly HashSet<string> _temporary = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _prepared = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>User variables, declared variables and psql's variables, with the text they hold.</summary>
    public Dictionary<string, TextValue> Variables { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>psql's variables, whose names are told apart by case. One that is not known may hold any text, a whole
    /// statement too.</summary>
    public Dictionary<string, TextValue> ClientVariables { get; } = new(StringComparer.Ordinal);

    public void SetClientVariable(string name, TextValue value)
    {
        if (ClientVariables.Count < MaximumNames || ClientVariables.ContainsKey(name))
        {
            ClientVariables[name] = value;
        }
    }

    /// <summary>Something that is not seen may have set any of them anew.</summary>
    public void ForgetClientVariables()
    {
        foreach (string? name in ClientVariables.Keys.ToList())
        {
            ClientVariables[name] = TextValue.NotKnown;
        }
    }

    public void SetVariable(string name, TextValue value)
    {
        if (Variables.Count < MaximumNames || Variables.ContainsKey(name))
        {
            Variables[name] = value;
        }
    }

    public void AddTemporary(string table)
    {
        if (_temporary.Count < MaximumNames)
        {
            _temporary.Add(table);
        }
    }

    /// <summary>A table that the same text created as temporary, one in a temporary schema, or one of T-SQL's
    /// <c>#names</c>.</summary>
    public bool IsTemporary(string table) =>
        table.StartsWith('#') || table.StartsWith('@')
        || table.StartsWith("pg_temp", StringComparison.OrdinalIgnoreCase)
        || table.StartsWith("tempdb.", StringComparison.OrdinalIgnoreCase) || _temporary.Contains(table);

    public void Prepare(string name)
    {
        if (_prepared.Count < MaximumNames)
        {
            _prepared.Add(name);
        }
    }

    /// <summary>Prepared in this text: what it does was said there.</summary>
    public bool IsPrepared(string name) => _prepared.Contains(name);
}
