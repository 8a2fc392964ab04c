namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    // `double precision COLLATE "C"` and the like between TYPE and USING.
    private const int TypeWords = 12;

    private void ReadAlter(int start, int end)
    {
        int i = SkipWords(start + 1, "IGNORE", "ONLINE", "OFFLINE", "FOREIGN", "EXTERNAL", "TEMPORARY", "MATERIALIZED",
            "ICEBERG");
        switch (_tokens.Word(i))
        {
            case "TABLE" or "VIEW" or "TYPE":
                AlterTable(start, i, end);
                break;
            case "USER" or "ROLE" or "LOGIN" or "GROUP" or "PROFILE":
                AlterAccount(start, i, end);
                break;
            case "DEFAULT" when _tokens.Is(i + 1, "PRIVILEGES"):
                Add(EffectKind.DatabaseGrant, RiskLevel.Low, start, end, SqlReasons.Grant);
                break;
            case "SYSTEM" or "DATABASE" or "TABLESPACE" or "SERVER" or "INSTANCE" or "PLUGGABLE" or "DISKGROUP":
                AlterServer(start, i, end);
                break;
            case "PROCEDURE" or "FUNCTION" or "TRIGGER" or "PROC" or "EVENT" or "PACKAGE"
                when _dialect is SqlDialect.TransactSql or SqlDialect.Any && _tokens.Find(i, end, "AS") >= 0:
                ReadCreate(start, end);
                break;
            default:
                if (_tokens.Find(i, Math.Min(i + 4, end), "AUDIT") >= 0)
                {
                    Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange);
                }
                else
                {
                    Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.Alter,
                        Names(SkipIfExists(i + 1), end, ObjectKind.Resource));
                }

                break;
        }
    }

    private void AlterTable(int start, int kind, int end)
    {
        int i = SkipWords(SkipIfExists(kind + 1), "ONLY", "ALL", "IN");
        List<EffectObject> tables = Names(i, end, ObjectKind.Table);
        if (tables.Count > 0 && tables.TrueForAll(table => _session.IsTemporary(table.Text)))
        {
            return;
        }

        NameAt(i, out int action);
        bool destroys = false;
        for (int at = action; at < end; at = _tokens.Next(at))
        {
            if (DestructiveAction(at, end) is not { } found)
            {
                continue;
            }

            destroys = true;
            RiskLevel level = found.Kind is EffectKind.DatabaseAlter or EffectKind.DatabaseDeleteAll
                or EffectKind.DatabaseUpdateAll ? RiskLevel.High : found.Level;
            Add(found.Kind, level, start, end, found.Reason, tables, found.Kind == EffectKind.DatabaseAlter
                ? EffectScope.Many
                : EffectScope.All);
            break;
        }

        if (!destroys)
        {
            Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.Alter, tables);
        }
    }

    /// <summary>The part of an ALTER TABLE that loses data, if the token begins one.</summary>
    private (EffectKind Kind, RiskLevel Level, Reason Reason)? DestructiveAction(int i, int end)
    {
        switch (_tokens.Word(i))
        {
            case "DROP" when !KeepsData(i):
                return _tokens.IsAny(i + 1, "PARTITION", "PARTITIONS", "PART", "DETACHED", "SUBPARTITION")
                    ? (EffectKind.DatabaseTruncate, RiskLevel.High, SqlReasons.DropPartition)
                    : (EffectKind.DatabaseAlter, RiskLevel.High, SqlReasons.DropColumn);
            case "TRUNCATE" when _tokens.IsAny(i + 1, "PARTITION", "SUBPARTITION"):
                return (EffectKind.DatabaseTruncate, RiskLevel.High, SqlReasons.DropPartition);
            case "DISCARD" when _tokens.IsAny(i + 1, "TABLESPACE", "PARTITION"):
                return (EffectKind.DatabaseDrop, RiskLevel.High, SqlReasons.DiscardTablespace);
            case "USING" when _tokens.Find(Math.Max(0, i - TypeWords), i, "TYPE") >= 0
                && !_predicate.LooksAtRow(i + 1, EndOfAction(i, end)):
                return (EffectKind.DatabaseAlter, RiskLevel.High, SqlReasons.ReplaceColumn);
            case "CLEAR" when _tokens.Is(i + 1, "COLUMN"):
                return (EffectKind.DatabaseAlter, RiskLevel.High, SqlReasons.DropColumn);
            case "DELETE" when _tokens.Is(i + 1, "WHERE") || _tokens.Is(i + 1, "IN"):
                return Condition(i, end, joined: false, out _) >= RowLimit.Most
                    ? (EffectKind.DatabaseDeleteAll, RiskLevel.High, SqlReasons.DeleteAlwaysTrue)
                    : null;
            case "UPDATE" when _tokens.IsSymbol(i + 2, '='):
                return Condition(i, end, joined: false, out _) == RowLimit.All
                    ? (EffectKind.DatabaseUpdateAll, RiskLevel.High, SqlReasons.UpdateAlwaysTrue)
                    : null;
            case "ENGINE" when _tokens.Is(i + 1, "BLACKHOLE") || _tokens.Is(i + 2, "BLACKHOLE"):
                return (EffectKind.DatabaseDrop, RiskLevel.High, SqlReasons.Blackhole);
            case "EXCHANGE" or "SWITCH" when _tokens.Is(i + 1, "PARTITION") || _tokens.Is(i, "SWITCH"):
                return (EffectKind.DatabaseAlter, RiskLevel.High, SqlReasons.ExchangePartition);
            case "REPLACE" when _tokens.Is(i + 1, "COLUMNS"):
                return (EffectKind.DatabaseAlter, RiskLevel.High, SqlReasons.DropColumn);
            default:
                return null;
        }
    }

    private int EndOfAction(int i, int end)
    {
        while (i < end && !_tokens.IsSymbol(i, ','))
        {
            i = _tokens.Next(i);
        }

        return i;
    }

    /// <summary>After DROP: a part of the definition that holds no rows (an index, a constraint, a default).</summary>
    private bool KeepsData(int drop)
    {
        int i = drop + 1;
        if (_tokens.IsAny(drop - 1, "ALTER", "FOR"))
        {
            return true;
        }

        // ALTER COLUMN x DROP DEFAULT | NOT NULL | IDENTITY | EXPRESSION.
        if (_tokens.IsAny(i, "DEFAULT", "NOT", "IDENTITY", "EXPRESSION"))
        {
            return true;
        }

        return _tokens.IsAny(i, "INDEX", "KEY", "PRIMARY", "FOREIGN", "CONSTRAINT", "CHECK", "UNIQUE", "STATISTICS",
            "PERIOD", "FILTER", "BLOCK", "FEATURE", "TAG", "ROW",
                "CLUSTERING", "SEARCH", "MASKING", "PROJECTION", "SUPPLEMENTAL", "STORED", "UNUSED_CHECK", "POLICY",
                "VIRTUAL", "SYSTEM_TIME", "TRIGGER")
            // A column may bear such a name; then nothing follows it.
            && !_tokens.IsSymbol(i + 1, ',') && _tokens.KindAt(i + 1) != SqlTokenKind.Terminator;
    }

    private void AlterAccount(int start, int kind, int end)
    {
        bool raises = _tokens.Find(kind, end, "SUPERUSER", "CREATEROLE", "BYPASSRLS", "REPLICATION", "SYSADMIN") >= 0;
        Add(raises ? EffectKind.DatabaseGrant : EffectKind.IdentityChange, raises
            ? RiskLevel.High
            : RiskLevel.Low, start, end,
            raises
                ? SqlReasons.GrantWide
                : SqlReasons.AlterAccount, Names(SkipIfExists(kind + 1), end, ObjectKind.Account));
    }

    private void AlterServer(int start, int kind, int end)
    {
        if (_tokens.Find(kind, end, "AUDIT") >= 0 || SwitchesAuditOff(kind, end))
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange);
        }
        else if (_tokens.Find(kind, end, "OFFLINE", "SINGLE_USER", "EMERGENCY", "SHUTDOWN") >= 0)
        {
            Add(EffectKind.ServiceStop, RiskLevel.High, start, end, SqlReasons.DatabaseOffline,
                Names(kind + 1, end, ObjectKind.Database));
        }
        else if (_tokens.Find(kind, end, "DROP", "NOARCHIVELOG", "CLEAR", "REMOVE") >= 0)
        {
            Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.DropTablespace,
                Names(kind + 1, end, ObjectKind.Database));
        }
        else
        {
            Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.Alter,
                Names(kind + 1, end, ObjectKind.Database));
        }
    }
}
