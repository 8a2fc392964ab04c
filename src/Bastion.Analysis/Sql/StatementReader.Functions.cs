using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>Functions and procedures of the servers that do more than compute.</summary>
internal sealed partial class StatementReader
{
    private enum Act : byte
    {
        /// <summary>Runs its text argument as SQL.</summary>
        RunsSql,

        /// <summary>Runs its text argument as a shell command on the server's host.</summary>
        RunsShell,
        DropsSlot,

        /// <summary>Large objects, by number; computed numbers are any of them.</summary>
        DropsObject,
        EndsSessions,
        WritesFile,
        LoadsCode,
        StopsServer,
        Audit,
        BackupHistory,
        Schedules,
    }

    private static readonly FrozenDictionary<string, (Act Act, int Argument)> Functions =
        new Dictionary<string, (Act, int)>(StringComparer.OrdinalIgnoreCase)
        {
            ["dblink"] = (Act.RunsSql, -1),
            ["dblink_exec"] = (Act.RunsSql, -1),
            ["dblink_send_query"] = (Act.RunsSql, -1),
            ["query_to_xml"] = (Act.RunsSql, 0),
            ["ts_stat"] = (Act.RunsSql, 0),
            ["crosstab"] = (Act.RunsSql, 0),
            ["openquery"] = (Act.RunsSql, 1),
            ["openrowset"] = (Act.RunsSql, -1),
            ["pg_drop_replication_slot"] = (Act.DropsSlot, 0),
            ["pg_terminate_backend"] = (Act.EndsSessions, 0),
            ["lo_unlink"] = (Act.DropsObject, 0),
            ["lo_export"] = (Act.WritesFile, 1),
            ["pg_file_write"] = (Act.WritesFile, 0),
            ["pg_file_unlink"] = (Act.WritesFile, 0),
            ["pg_file_rename"] = (Act.WritesFile, 0),
            ["writefile"] = (Act.WritesFile, 0),
            ["load_extension"] = (Act.LoadsCode, 0),
            ["edit"] = (Act.RunsShell, 1),
            ["sys_exec"] = (Act.RunsShell, 0),
            ["sys_eval"] = (Act.RunsShell, 0),
            ["do_system"] = (Act.RunsShell, 0),
            ["executable"] = (Act.RunsShell, 0),
            ["shell"] = (Act.RunsShell, 0),
            ["schedule"] = (Act.Schedules, -1),
            ["schedule_in_database"] = (Act.Schedules, 2),
            ["exec_ddl_statement"] = (Act.RunsSql, 0),
            ["create_job"] = (Act.Schedules, -1),
            ["fremove"] = (Act.WritesFile, 1),
            ["fcopy"] = (Act.WritesFile, 3),
            ["frename"] = (Act.WritesFile, 3),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, (Act Act, int Argument)> Procedures =
        new Dictionary<string, (Act, int)>(StringComparer.OrdinalIgnoreCase)
        {
            ["sp_executesql"] = (Act.RunsSql, 0),
            ["sp_execute_external_script"] = (Act.LoadsCode, 0),
            ["sp_prepexec"] = (Act.RunsSql, 2),
            ["sp_msforeachtable"] = (Act.RunsSql, 0),
            ["sp_msforeachdb"] = (Act.RunsSql, 0),
            ["xp_cmdshell"] = (Act.RunsShell, 0),
            ["sp_oacreate"] = (Act.LoadsCode, 0),
            ["sp_oamethod"] = (Act.LoadsCode, 0),
            ["xp_regwrite"] = (Act.WritesFile, 0),
            ["xp_regdeletekey"] = (Act.WritesFile, 0),
            ["xp_regdeletevalue"] = (Act.WritesFile, 0),
            ["xp_delete_file"] = (Act.BackupHistory, 0),
            ["xp_delete_files"] = (Act.BackupHistory, 0),
            ["xp_servicecontrol"] = (Act.StopsServer, 0),
            ["sp_delete_backuphistory"] = (Act.BackupHistory, 0),
            ["sp_delete_database_backuphistory"] = (Act.BackupHistory, 0),
            ["sp_detach_db"] = (Act.StopsServer, 0),
            ["sp_cycle_errorlog"] = (Act.Audit, 0),
            ["sp_add_job"] = (Act.Schedules, 0),
            ["sp_start_job"] = (Act.Schedules, 0),
            ["sp_add_jobstep"] = (Act.Schedules, 0),
            ["sp_addextendedproc"] = (Act.LoadsCode, 0),
            ["dbms_scheduler.create_job"] = (Act.Schedules, 0),
            ["dbms_utility.exec_ddl_statement"] = (Act.RunsSql, 0),
            ["dbms_job.submit"] = (Act.Schedules, 0),
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>System procedures that only show or tune.</summary>
    private static readonly FrozenSet<string> HarmlessProcedures = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "sp_help", "sp_helptext", "sp_helpdb", "sp_helpindex", "sp_who", "sp_who2", "sp_columns", "sp_tables",
        "sp_spaceused", "sp_lock", "sp_depends", "sp_databases", "sp_stored_procedures",
        "sp_updatestats", "sp_recompile", "sp_rename", "sp_readerrorlog", "xp_readerrorlog", "xp_fixeddrives",
        "xp_msver", "xp_dirtree", "sp_helpuser", "sp_helpserver", "sp_monitor", "sp_statistics");

    private void ReadFunctions(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (_tokens.IsSymbol(i + 1, '(') && _tokens.IsName(i)
                && Functions.TryGetValue(Plain(i), out (Act Act, int Argument) found) && !IsOwnName(i))
            {
                ReadAct(found.Act, i, i + 2, Math.Min(_tokens.Close(i + 1), end), found.Argument,
                    Math.Min(_tokens.Close(i + 1) + 1, end));
            }
        }
    }

    /// <summary>Common words count only with the schema or package they belong to.</summary>
    private bool IsOwnName(int i)
    {
        bool needsPackage = _tokens.IsAny(i, "schedule", "schedule_in_database", "create_job", "fremove", "fcopy",
            "frename", "exec_ddl_statement");
        if (needsPackage)
        {
            return !_tokens.IsSymbol(i - 1, '.');
        }

        if (_tokens.IsAny(i, "edit", "shell", "executable"))
        {
            return _tokens.KindAt(i + 2) != SqlTokenKind.Text || _tokens.IsSymbol(i - 1, '.');
        }

        return _tokens.IsAny(i - 1, "TABLE", "INTO", "VIEW", "FUNCTION");
    }

    /// <summary>A procedure by name; false when it is not one of the servers' own.</summary>
    private bool ReadProcedure(string name, int start, int arguments, int end)
    {
        bool known = Procedures.TryGetValue(name, out (Act Act, int Argument) found)
            || Procedures.TryGetValue(name[(name.LastIndexOf('.') + 1)..], out found);
        if (known)
        {
            ReadAct(found.Act, start, arguments, end, found.Argument, end);
        }

        return known || HarmlessProcedures.Contains(name[(name.LastIndexOf('.') + 1)..]);
    }

    private void ReadAct(Act act, int start, int arguments, int end, int argument, int whole)
    {
        (int from, int to) = Argument(arguments, end, argument);
        switch (act)
        {
            case Act.RunsSql:
                ReadDynamic(from, to, start);
                break;
            case Act.RunsShell:
                AddShell(_text.Read(from, to), start, whole, SqlReasons.ServerProgram);
                break;
            case Act.DropsSlot:
                Add(EffectKind.BackupDestroy, RiskLevel.High, start, whole, SqlReasons.DropReplicationSlot);
                break;
            case Act.DropsObject:
                Add(EffectKind.DatabaseDeleteAll, _tokens.KindAt(from) == SqlTokenKind.Number
                    ? RiskLevel.Low
                    : RiskLevel.High, start, whole, SqlReasons.LargeObject, scope: EffectScope.Many);
                break;
            case Act.EndsSessions:
                Add(EffectKind.ProcessKill, _tokens.KindAt(from) == SqlTokenKind.Number
                    ? RiskLevel.Low
                    : RiskLevel.High, start, whole, SqlReasons.KillSession, scope: EffectScope.Many);
                break;
            case Act.WritesFile:
                Add(EffectKind.FileOverwrite, RiskLevel.High, start, whole, SqlReasons.ServerFile,
                    [new EffectObject(_text.Read(from, to).Text, ObjectKind.Path, _text.Read(from, to).Known)]);
                break;
            case Act.LoadsCode:
                Add(EffectKind.DatabaseProgram, RiskLevel.High, start, whole, SqlReasons.NativeCode);
                break;
            case Act.StopsServer:
                Add(EffectKind.ServiceStop, RiskLevel.High, start, whole, SqlReasons.DatabaseOffline);
                break;
            case Act.Audit:
                Add(EffectKind.AuditTamper, RiskLevel.High, start, whole, SqlReasons.AuditChange);
                break;
            case Act.BackupHistory:
                Add(EffectKind.BackupDestroy, RiskLevel.High, start, whole, SqlReasons.DropBackup);
                break;
            case Act.Schedules:
                Add(EffectKind.ScheduleCreate, RiskLevel.High, start, whole, SqlReasons.CreateEvent);
                ReadDynamic(from, to, start);
                break;
        }
    }

    /// <summary>The argument by place, or the last one for -1; a name before it (<c>@stmt = …</c>) is left
    /// out.</summary>
    private (int Start, int End) Argument(int start, int end, int place)
    {
        (int Start, int End) found = (Start: start, End: end);
        int from = start;
        int count = 0;
        for (int i = start; i <= end; i = i < end ? _tokens.Next(i) : i + 1)
        {
            if (i < end && !_tokens.IsSymbol(i, ','))
            {
                continue;
            }

            if (count == place || place < 0)
            {
                found = (from, i);
            }

            from = i + 1;
            count++;
        }

        return _tokens.KindAt(found.Start) == SqlTokenKind.Parameter && _tokens.IsSymbol(found.Start + 1, '=')
            ? (found.Start + 2, found.End)
            : found;
    }
}
