namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    private void ReadAdministration(string verb, int start, int end)
    {
        switch (verb)
        {
            case "PURGE":
                ReadPurge(start, end);
                break;
            case "RESET" when _tokens.IsAny(start + 1, "MASTER", "SLAVE", "REPLICA")
                || _tokens.Are(start + 1, "BINARY", "LOGS"):
                bool replica = _tokens.IsAny(start + 1, "SLAVE", "REPLICA");
                Add(replica ? EffectKind.ServiceStop : EffectKind.BackupDestroy, RiskLevel.High, start, end, replica
                    ? SqlReasons.StopReplica
                    : SqlReasons.BinaryLogs, scope: EffectScope.All);
                break;
            case "SHUTDOWN" or "RESTART":
                Add(EffectKind.ServiceStop, RiskLevel.High, start, end, SqlReasons.Shutdown, scope: EffectScope.All);
                break;
            case "STOP" when _tokens.IsAny(start + 1, "SLAVE", "REPLICA", "ALL", "GROUP_REPLICATION"):
                Add(EffectKind.ServiceStop, RiskLevel.High, start, end, SqlReasons.StopReplica);
                break;
            case "CHANGE" when _tokens.IsAny(start + 1, "MASTER", "REPLICATION"):
                Add(EffectKind.DatabaseAlter, RiskLevel.High, start, end, SqlReasons.ChangeReplication);
                break;
            case "KILL":
                Add(EffectKind.ProcessKill, RiskLevel.Low, start, end, SqlReasons.KillSession,
                    Names(SkipWords(start + 1, "CONNECTION", "QUERY", "SOFT", "HARD"), end, ObjectKind.Process));
                break;
            case "SYSTEM":
                ReadClickHouseSystem(start, end);
                break;
            case "UNINSTALL" or "INSTALL":
                ReadPlugin(verb, start, end);
                break;
            case "REASSIGN":
                Add(EffectKind.DatabaseGrant, RiskLevel.High, start, end, SqlReasons.Reassign,
                    Names(start + 3, end, ObjectKind.Account), EffectScope.All);
                break;
            case "RENAME":
                Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.Alter,
                    Names(SkipIfExists(SkipWords(start + 1, "TABLE", "TABLES", "USER")), end, ObjectKind.Table));
                break;
            case "DETACH" when _tokens.IsAny(start + 1, "TABLE", "DATABASE")
                && _tokens.Find(start, end, "PERMANENTLY") >= 0:
                Add(EffectKind.DatabaseAlter, RiskLevel.High, start, end, SqlReasons.Detach,
                    Names(start + 2, end, ObjectKind.Table));
                break;
            case "PRAGMA" when _tokens.Is(start + 1, "WRITABLE_SCHEMA"):
                Add(EffectKind.DatabaseAlter, RiskLevel.High, start, end, SqlReasons.Alter);
                break;
            case "DBCC" when _tokens.IsAny(start + 1, "WRITEPAGE", "CLONEDATABASE"):
                Add(EffectKind.DatabaseAlter, RiskLevel.High, start, end, SqlReasons.Alter);
                break;
            case "NOAUDIT":
                Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange);
                break;
            case "DROP_REPLICATION_SLOT":
                DropReplicationSlot(start, end, start + 1);
                break;
            case "WIPE" or "OBLITERATE":
                Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.DropTable);
                break;
            default:
                ReadBareProcedure(start, end);
                break;
        }
    }

    private void ReadPurge(int start, int end)
    {
        bool logs = _tokens.Is(start + 2, "LOGS") || _tokens.IsAny(start + 1, "BINARY", "MASTER");
        Add(logs ? EffectKind.BackupDestroy : EffectKind.DatabaseDrop, RiskLevel.High, start, end, logs
            ? SqlReasons.BinaryLogs
            : SqlReasons.Purge,
            Names(SkipWords(start + 1, "TABLE", "INDEX"), end, ObjectKind.Resource), EffectScope.Many);
    }

    private void ReadClickHouseSystem(int start, int end)
    {
        if (_tokens.IsAny(start + 1, "SHUTDOWN", "KILL"))
        {
            Add(EffectKind.ServiceStop, RiskLevel.High, start, end, SqlReasons.Shutdown, scope: EffectScope.All);
        }
        else if (_tokens.Is(start + 1, "DROP") && _tokens.IsAny(start + 2, "REPLICA", "DATABASE"))
        {
            Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.DropTable,
                Names(start + 3, end, ObjectKind.Table));
        }
        else if (_tokens.Is(start + 1, "STOP"))
        {
            Add(EffectKind.ServiceStop, RiskLevel.Low, start, end, SqlReasons.StopReplica);
        }
    }

    private void ReadPlugin(string verb, int start, int end)
    {
        List<EffectObject> objects = Names(start + 2, end, ObjectKind.Module);
        bool audits = objects.Exists(item => item.Text.Contains("audit", StringComparison.OrdinalIgnoreCase));
        if (audits && verb == "UNINSTALL")
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange, objects);
        }
        else
        {
            Add(EffectKind.DatabaseProgram, verb == "INSTALL"
                ? RiskLevel.High
                : RiskLevel.Low, start, end, SqlReasons.NativeCode, objects);
        }
    }

    /// <summary>T-SQL runs a procedure by its bare name where that is the first word.</summary>
    private void ReadBareProcedure(int start, int end)
    {
        if (_dialect is SqlDialect.TransactSql or SqlDialect.Any && NameAt(start, out int next) is { Length: > 0 } name)
        {
            ReadProcedure(name, start, next, end);
        }
    }

    private void ReadGrant(int start, int end)
    {
        bool revokes = !_tokens.Is(start, "GRANT");
        bool wide = !revokes && (_tokens.Is(start + 1, "ALL")
            || _tokens.Find(start, end, "SUPER", "SUPERUSER", "OPTION", "ADMIN", "DBA", "SYSDBA", "FILE",
            "PG_EXECUTE_SERVER_PROGRAM", "PG_WRITE_SERVER_FILES", "RDS_SUPERUSER", "SYSADMIN", "CONTROL") >= 0
            || (_tokens.Find(start, end, "TO") is >= 0 and var to && _tokens.Is(to + 1, "PUBLIC")));
        int receiver = _tokens.Find(start, end, "TO", "FROM");
        Add(EffectKind.DatabaseGrant, wide ? RiskLevel.High : RiskLevel.Low, start, end,
            wide ? SqlReasons.GrantWide : revokes ? SqlReasons.Revoke : SqlReasons.Grant, receiver < 0
                ? []
                : Names(receiver + 1, end, ObjectKind.Account));
    }

    private void ReadTransfer(string verb, int start, int end)
    {
        switch (verb)
        {
            case "COPY":
                ReadCopy(start, end);
                break;
            case "UNLOAD" or "EXPORT":
                Add(EffectKind.DataExport, RiskLevel.Low, start, end, SqlReasons.Export);
                break;
            case "LOAD" when _tokens.KindAt(start + 1) == SqlTokenKind.Text
                && _dialect is SqlDialect.PostgreSql or SqlDialect.Any:
                Add(EffectKind.DatabaseProgram, RiskLevel.High, start, end, SqlReasons.NativeCode,
                    [new EffectObject(Plain(start + 1), ObjectKind.Module)]);
                break;
            case "LOAD" when _tokens.IsAny(start + 1, "DATA", "XML"):
                Add(EffectKind.DataExport, RiskLevel.Low, start, end, SqlReasons.ServerRead);
                break;
            case "FLASHBACK" when _tokens.IsAny(start + 1, "DATABASE", "PLUGGABLE")
                || (_tokens.Is(start + 1, "TABLE") && _tokens.Find(start, end, "TIMESTAMP", "SCN", "RESTORE") >= 0):
                Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.Flashback,
                    Names(start + 2, end, ObjectKind.Database), EffectScope.All);
                break;
            case "RESTORE":
                Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.Restore,
                    Names(start + 2, end, ObjectKind.Database), EffectScope.All);
                break;
            case "BACKUP" when _tokens.Is(start + 1, "LOG") && _tokens.Text.AsSpan(_tokens.Span(start, end).Start,
                _tokens.Span(start, end).Length).Contains("NUL", StringComparison.OrdinalIgnoreCase):
                Add(EffectKind.BackupDestroy, RiskLevel.High, start, end, SqlReasons.BinaryLogs);
                break;
        }

        ReadOutfile(start, end);
    }

    private void ReadCopy(int start, int end)
    {
        int direction = _tokens.Find(start + 1, end, "FROM", "TO");
        if (direction < 0)
        {
            return;
        }

        if (_tokens.Is(direction + 1, "PROGRAM"))
        {
            AddShell(_text.Read(direction + 2, Math.Min(direction + 3, end)), direction, Math.Min(direction + 3, end),
                SqlReasons.ServerProgram);
        }
        else if (_tokens.Is(direction, "TO") && _tokens.KindAt(direction + 1) == SqlTokenKind.Text)
        {
            Add(EffectKind.DataExport, _dialect == SqlDialect.Cql
                ? RiskLevel.Low
                : RiskLevel.High, start, end, SqlReasons.ServerFile,
                [new EffectObject(Plain(direction + 1), ObjectKind.Path)]);
        }
    }

    /// <summary><c>SELECT … INTO OUTFILE</c> and <c>DUMPFILE</c>: a file on the server, wherever it may
    /// write.</summary>
    private void ReadOutfile(int start, int end)
    {
        int at = _tokens.Find(start, end, "OUTFILE", "DUMPFILE");
        if (at > start && _tokens.Is(at - 1, "INTO"))
        {
            Add(EffectKind.DataExport, RiskLevel.High, start, end, SqlReasons.ServerFile,
                [new EffectObject(Plain(at + 1), ObjectKind.Path)]);
        }
    }
}
