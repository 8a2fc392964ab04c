using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    /// <summary>Objects that hold definitions, not data: what is dropped can be created again from its text.</summary>
    private static readonly FrozenSet<string> DefinitionsOnly = FrozenSet.Create(StringComparer.Ordinal,
        "INDEX", "VIEW", "FUNCTION", "PROCEDURE", "ROUTINE", "TRIGGER", "RULE", "POLICY", "AGGREGATE", "OPERATOR",
        "CAST", "COLLATION", "CONVERSION",
        "SEQUENCE", "TYPE", "DOMAIN", "SYNONYM", "PACKAGE", "EVENT", "STATISTICS", "TEXT", "LANGUAGE", "ACCESS",
        "TRANSFORM", "MACRO", "DEFAULT",
        "CONSTRAINT", "PUBLICATION", "SUBSCRIPTION", "EXTENSION", "SERVER", "PREPARE", "FORMAT", "LIBRARY", "OUTLINE",
        "PROFILE", "DIRECTORY", "CONTEXT",
        "HINT", "BINDING", "SESSION", "GLOBAL", "RESOURCE", "QUOTA", "SETTINGS", "ROW", "MODEL", "CERTIFICATE",
        "MESSAGE", "CONTRACT", "QUEUE", "SERVICE",
        "ROUTE", "ASSEMBLY", "PARTITION", "SEARCH", "FULLTEXT", "XML", "SENSITIVITY", "SIGNATURE", "PLACEMENT",
        "CHANGEFEED", "SCHEDULE", "STATS", "FILE", "SECRET",
        "EXTERNAL_DATA_SOURCE", "SOURCE", "SINK", "CONNECTION", "CLUSTER_INDEX", "STAGE", "TASK", "PIPE", "ALERT",
        "TAG", "MASKING", "SPATIAL", "NAMED", "VARIABLE", "DIMENSION", "INDEXTYPE", "EDITION", "FOREIGN_DATA_WRAPPER");

    private void ReadDrop(int start, int end)
    {
        int i = SkipWords(start + 1, "OR", "REPLACE", "PUBLIC", "UNIQUE", "BITMAP", "ONLINE", "NONCLUSTERED",
            "CLUSTERED", "EXTERNAL", "PLUGGABLE", "TRANSIENT", "ICEBERG", "DYNAMIC", "PERMANENT", "LIVE", "STREAMING");
        if (_tokens.IsAny(i, "TEMPORARY", "TEMP"))
        {
            return;
        }

        if (_tokens.Is(i, "FOREIGN") && _tokens.Is(i + 1, "TABLE"))
        {
            i++;
        }

        string kind = _tokens.Word(i);
        int names = SkipIfExists(i + 1);
        switch (kind)
        {
            case "TABLE" or "TABLES":
                DropTables(start, names, end);
                break;
            case "DATABASE" or "SCHEMA" or "KEYSPACE" or "CATALOG"
                when !_tokens.IsAny(names, "LINK", "ROLE", "AUDIT", "ENCRYPTION", "SCOPED"):
                Add(EffectKind.DatabaseDrop, RiskLevel.Critical, start, end, SqlReasons.DropDatabase(kind),
                    Names(names, end, ObjectKind.Database), EffectScope.All);
                break;
            case "TABLESPACE" or "UNDO" or "LOGFILE" or "DISKGROUP" or "FILEGROUP":
                Add(EffectKind.DatabaseDrop, RiskLevel.Critical, start, end, SqlReasons.DropTablespace,
                    Names(names, end, ObjectKind.Database), EffectScope.All);
                break;
            case "OWNED":
                Add(EffectKind.DatabaseDrop, RiskLevel.Critical, start, end, SqlReasons.DropOwned,
                    Names(names + 1, end, ObjectKind.Account), EffectScope.All);
                break;
            case "USER" or "ROLE" or "LOGIN" or "GROUP":
                Add(EffectKind.IdentityChange, RiskLevel.High, start, end, SqlReasons.DropAccount,
                    Names(names, end, ObjectKind.Account));
                break;
            case "REPLICATION":
                DropReplicationSlot(start, end, names);
                break;
            default:
                DropOther(kind, start, i, names, end);
                break;
        }
    }

    private void DropTables(int start, int names, int end)
    {
        List<EffectObject> tables = Names(names, end, ObjectKind.Table);
        if (names >= end || tables.Count > 0 && tables.TrueForAll(table => _session.IsTemporary(table.Text)))
        {
            return;
        }

        Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.DropTable, tables, EffectScope.All);
    }

    private void DropReplicationSlot(int start, int end, int names) =>
        Add(EffectKind.BackupDestroy, RiskLevel.High, start, end, SqlReasons.DropReplicationSlot,
        Names(names, end, ObjectKind.Resource));

    private void DropOther(string kind, int start, int i, int names, int end)
    {
        if (_tokens.Find(i, Math.Min(i + 4, end), "AUDIT") >= 0)
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange,
                Names(names, end, ObjectKind.Resource));
            return;
        }

        if (kind is "PREPARE" or "WORKLOAD" || kind.Length == 0)
        {
            return;
        }

        bool cascades = _tokens.Find(i, end, "CASCADE", "INCLUDING") >= 0;
        bool known = DefinitionsOnly.Contains(kind) || (kind == "MATERIALIZED" && _tokens.Is(i + 1, "VIEW"));
        Add(EffectKind.DatabaseAlter, known && !cascades ? RiskLevel.Low : RiskLevel.High, start, end,
            cascades ? SqlReasons.DropCascade : SqlReasons.DropDefinition, Names(names, end, ObjectKind.Resource));
    }

    private void ReadTruncate(int start, int end)
    {
        if (_tokens.IsSymbol(start + 1, '('))
        {
            return;
        }

        int i = SkipIfExists(SkipWords(start + 1, "TABLE", "TABLES", "ALL", "DATABASE", "ONLY", "FROM", "CLUSTER",
            "MATERIALIZED", "VIEW"));
        i = SkipWords(i, "ONLY");
        // In MySQL `#t` is a comment, and nothing is left to empty.
        if (end == start + 2 && _tokens.Is(start + 1, "TABLE"))
        {
            return;
        }

        bool wide = _tokens.Find(start, i, "DATABASE", "ALL", "TABLES") >= 0;
        List<EffectObject> tables = Names(i, end, wide ? ObjectKind.Database : ObjectKind.Table);
        if (tables.Count > 0 && tables.TrueForAll(table => _session.IsTemporary(table.Text)))
        {
            return;
        }

        Add(EffectKind.DatabaseTruncate, wide
            ? RiskLevel.Critical
            : RiskLevel.High, start, end, SqlReasons.Truncate, tables, EffectScope.All);
        if (tables.Exists(table => IsAuditTable(table.Text)))
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange, tables);
        }
    }

    /// <summary>Tables in which servers keep their own log of who did what.</summary>
    private static bool IsAuditTable(string name) =>
        name.EndsWith("general_log", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("slow_log", StringComparison.OrdinalIgnoreCase)
        || name.Contains("aud$", StringComparison.OrdinalIgnoreCase)
        || name.Contains("audit_log", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith("query_log", StringComparison.OrdinalIgnoreCase);
}
