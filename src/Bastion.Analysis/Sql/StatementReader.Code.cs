using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    private static readonly FrozenSet<string> CodeKinds = FrozenSet.Create(StringComparer.Ordinal,
        "FUNCTION", "PROCEDURE", "PROC", "PACKAGE", "TRIGGER", "RULE", "EVENT", "AGGREGATE", "LANGUAGE", "EXTENSION",
        "OPERATOR", "MACRO", "ASSEMBLY",
        "LIBRARY", "CAST", "TRANSFORM", "ACCESS", "JAVA", "SONAME", "BODY", "PROFILE");

    /// <summary>Languages whose code runs with the server's own rights on the server's host.</summary>
    private static readonly FrozenSet<string> UntrustedLanguages = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "c", "internal", "plpythonu", "plpython2u", "plpython3u", "plperlu", "pltclu", "plsh", "plrustu", "pljavau",
        "plr", "java");

    private static readonly FrozenSet<string> SqlLanguages =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "sql", "plpgsql", "plpsql", "tsql", "");

    private void ReadCreate(int start, int end)
    {
        bool replaces = _tokens.Are(start + 1, "OR", "REPLACE") || _tokens.Are(start + 1, "OR", "ALTER");
        int i = start + 1;
        while (i < end && (_tokens.IsAny(i, "OR", "REPLACE", "ALTER", "DEFINER", "SQL", "SECURITY", "INVOKER",
            "CONSTRAINT", "EDITIONABLE", "NONEDITIONABLE", "FORCE", "PUBLIC", "TRUSTED",
                "PROCEDURAL", "CURRENT_USER", "AGGREGATE", "GLOBAL", "LOCAL", "UNLOGGED", "EXTERNAL", "TRANSIENT",
                "SECURE")
            || _tokens.IsSymbol(i, '=') || _tokens.KindAt(i) is SqlTokenKind.Text or SqlTokenKind.QuotedName
            or SqlTokenKind.Parameter || _tokens.IsAny(i - 1, "DEFINER") || _tokens.IsSymbol(i - 1, '=')
            || _tokens.IsSymbol(i, '@') || _tokens.IsSymbol(i, '%')
            || (_tokens.Is(i - 1, "EVENT") && _tokens.Is(i, "TRIGGER"))
            || (_tokens.Is(i, "EVENT") && _tokens.Is(i + 1, "TRIGGER"))))
        {
            i++;
        }

        string kind = _tokens.Word(i);
        int name = SkipIfExists(SkipWords(i + 1, "BODY"));
        switch (kind)
        {
            case "TEMPORARY" or "TEMP":
                _session.AddTemporary(NameAt(SkipIfExists(SkipWords(i + 1, "TABLE", "VIEW", "SEQUENCE")), out _));
                break;
            case "TABLE" when replaces:
                Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.ReplaceTable,
                    Names(name, end, ObjectKind.Table), EffectScope.All);
                break;
            case "TABLE" or "FOREIGN" when _tokens.Find(i, end, "PROGRAM") is > 0 and var option
                || ProgramOption(i, end) is > 0 and var inner && (option = inner) > 0:
                AddShell(_text.Read(option + 1, option + 2), start, end, SqlReasons.ServerProgram);
                break;
            case "USER" or "ROLE" or "LOGIN" or "GROUP":
                bool raises = _tokens.Find(i, end, "SUPERUSER", "CREATEROLE", "BYPASSRLS", "REPLICATION") >= 0;
                Add(EffectKind.IdentityChange, raises ? RiskLevel.High : RiskLevel.Low, start, end, raises
                    ? SqlReasons.GrantWide
                    : SqlReasons.CreateAccount, Names(name, end, ObjectKind.Account));
                break;
            case "SERVER" or "AUDIT" when _tokens.Find(i, end, "AUDIT") >= 0:
                Add(EffectKind.AuditTamper, RiskLevel.Low, start, end, SqlReasons.AuditChange);
                break;
            default:
                if (CodeKinds.Contains(kind))
                {
                    ReadCreateCode(kind, start, i, name, end, replaces);
                }

                break;
        }
    }

    /// <summary>file_fdw: <c>OPTIONS (program 'cmd')</c>.</summary>
    private int ProgramOption(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (_tokens.Is(i, "PROGRAM") && _tokens.KindAt(i + 1) == SqlTokenKind.Text
                && (_tokens.IsSymbol(i - 1, '(') || _tokens.IsSymbol(i - 1, ',')))
            {
                return i;
            }
        }

        return -1;
    }

    private void ReadCreateCode(string kind, int start, int kindAt, int name, int end, bool replaces)
    {
        List<EffectObject> objects = Names(name, end, ObjectKind.Resource);
        int before = _effects.Count;
        if (kind == "EVENT" && !_tokens.Is(kindAt - 1, "TRIGGER"))
        {
            Add(EffectKind.ScheduleCreate, RiskLevel.Low, start, end, SqlReasons.CreateEvent, objects);
        }

        string language = _tokens.Find(name, end, "LANGUAGE") is >= 0 and var at ? Plain(at + 1) : string.Empty;
        if (kind == "ASSEMBLY" || (kind != "LIBRARY" && UntrustedLanguages.Contains(language))
            || _tokens.Find(name, end, "SONAME") >= 0)
        {
            Add(EffectKind.DatabaseProgram, RiskLevel.High, start, end, SqlReasons.NativeCode, objects);
        }

        IReadOnlyList<string> outer = _chain;
        _chain = [.. _chain, "CREATE " + kind];
        for (int i = name; i < end; i++)
        {
            // The body: AS $$ … $$; or statements in the open, which have a verb of their own.
            if (_tokens.KindAt(i) == SqlTokenKind.Text && _tokens.Is(i - 1, "AS") && SqlLanguages.Contains(language)
                && kind is "FUNCTION" or "PROCEDURE")
            {
                ReadNested(_tokens[i].Value ?? string.Empty, i, "body");
            }
        }

        ReadBlock(kindAt, end);
        _chain = outer;
        if (_effects.Count == before)
        {
            Add(EffectKind.DatabaseProgram, replaces && kind != "LIBRARY"
                ? RiskLevel.High
                : RiskLevel.Low, start, end, replaces ? SqlReasons.ReplaceCode : SqlReasons.CreateCode, objects);
        }
    }

    private void ReadDo(int start, int end)
    {
        int body = -1;
        for (int i = start + 1; i < end && body < 0; i = _tokens.Next(i))
        {
            body = _tokens.KindAt(i) == SqlTokenKind.Text ? i : -1;
        }

        string language = _tokens.Find(start, end, "LANGUAGE") is >= 0 and var at ? Plain(at + 1) : string.Empty;
        // MySQL's DO evaluates expressions; PostgreSQL's takes a body as its only string.
        if (body < 0 || (body != start + 1 && language.Length == 0))
        {
            return;
        }

        if (!SqlLanguages.Contains(language))
        {
            Opaque(start, end, SqlReasons.OtherLanguage);
        }
        else
        {
            ReadNested(_tokens[body].Value ?? string.Empty, body, "DO");
        }
    }

    private void ReadExecute(int start, int end)
    {
        string verb = _tokens.Word(start);
        if (verb == "PERFORM")
        {
            return;
        }

        int i = SkipWords(start + 1, "IMMEDIATE");
        if (_tokens.IsAny(i, "FUNCTION", "PROCEDURE") && !_tokens.IsSymbol(i + 1, '('))
        {
            return;
        }

        if (_tokens.KindAt(i) == SqlTokenKind.Parameter && _tokens.IsSymbol(i + 1, '='))
        {
            i += 2;
        }

        int stop = _tokens.Find(i, end, "USING", "INTO", "LOOP", "WITH") is >= 0 and var clause ? clause : end;
        if (_tokens.IsAny(i, "AS") && _tokens.IsAny(i + 1, "USER", "LOGIN", "CALLER"))
        {
            Add(EffectKind.PrivilegeRaise, RiskLevel.Low, start, end, SqlReasons.OtherAccount);
            return;
        }

        if (verb == "CALL")
        {
            string procedure = NameAt(i, out int next);
            if (!ReadProcedure(procedure, start, _tokens.IsSymbol(next, '(') ? next + 1 : next, end))
            {
                Opaque(start, end, SqlReasons.StoredCode);
            }

            return;
        }

        if (_tokens.IsSymbol(i, '(') || _tokens.KindAt(i) is SqlTokenKind.Text or SqlTokenKind.Parameter
            or SqlTokenKind.Number || IsExpression(i, stop))
        {
            ReadDynamic(i, stop, start);
        }
        else if (NameAt(i, out int after) is { Length: > 0 } name && !_session.IsPrepared(name)
            && !ReadProcedure(name, start, after, stop))
        {
            Opaque(start, end, SqlReasons.StoredCode);
        }
    }

    /// <summary>EXECUTE of an expression, as against the name of a procedure or prepared statement.</summary>
    private bool IsExpression(int i, int end)
    {
        if (_tokens.IsName(i) && _session.Variables.ContainsKey(_tokens.Slice(i).ToString()))
        {
            return true;
        }

        return _tokens.Find(i, end, "||") >= 0 || _tokens.IsSymbol(i + 1, "||")
            || (_tokens.IsSymbol(i + 1, '(') && _tokens.IsAny(i, "FORMAT", "CONCAT", "CHR", "CONCAT_WS", "REPLACE",
            "CURRENT_SETTING", "CONVERT_FROM", "REVERSE", "UNHEX", "FROM_BASE64", "CHAR", "DECODE"));
    }

    /// <summary>A text that is run as SQL.</summary>
    private void ReadDynamic(int start, int end, int from)
    {
        TextValue value = _text.Read(start, end);
        if (value.Text != TextValue.Unknown)
        {
            ReadNested(value.Text, start, "EXECUTE");
        }

        if (!value.Known)
        {
            Opaque(from, end, SqlReasons.DynamicSql);
        }
    }

    private void ReadPrepare(int start, int end)
    {
        if (_tokens.Is(start + 1, "TRANSACTION"))
        {
            return;
        }

        _session.Prepare(NameAt(start + 1, out int i));
        if (_tokens.Is(i, "FROM"))
        {
            ReadDynamic(i + 1, end, start);
        }
        else if (_tokens.Find(i, end, "AS") is >= 0 and var statement)
        {
            ReadVerb(_tokens.Word(statement + 1), statement + 1, end);
        }
    }

    private void ReadSet(int start, int end)
    {
        int i = start + 1;
        if (_tokens.Is(i, "PASSWORD"))
        {
            Add(EffectKind.IdentityChange, RiskLevel.Low, start, end, SqlReasons.AlterAccount);
            return;
        }

        if (_tokens.Is(i, "ROLE") || (_tokens.Is(i, "SESSION") && _tokens.Is(i + 1, "AUTHORIZATION")))
        {
            Add(EffectKind.PrivilegeRaise, RiskLevel.Low, start, end, SqlReasons.OtherAccount);
            return;
        }

        if (_tokens.IsAny(i, "STATEMENT"))
        {
            // MariaDB: SET STATEMENT name=value FOR statement.
            if (_tokens.Find(i, end, "FOR") is >= 0 and var statement)
            {
                ReadVerb(_tokens.Word(statement + 1), statement + 1, end);
            }

            return;
        }

        if (SwitchesAuditOff(i, end))
        {
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange);
        }
        else if (_tokens.IsAny(i, "GLOBAL", "PERSIST", "PERSIST_ONLY")
            || _tokens.Slice(i).StartsWith("@@GLOBAL", StringComparison.OrdinalIgnoreCase))
        {
            Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.GlobalSetting);
        }

        ReadAssignments(start, end);
    }

    private static readonly FrozenSet<string> AuditSettings = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "general_log", "log_output", "log_statement", "log_connections", "log_disconnections", "logging_collector",
        "log_min_duration_statement", "server_audit_logging",
        "server_audit_events", "audit_log_policy", "audit_log_disable", "audit_log_filter_id", "audit_sys_operations",
        "audit_trail", "log_bin", "log_error", "log_raw", "pgaudit.log");

    private bool SwitchesAuditOff(int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            if (!_tokens.IsName(i) && _tokens.KindAt(i) != SqlTokenKind.Parameter)
            {
                continue;
            }

            string name = _tokens.Slice(i).ToString();
            string setting = _tokens.IsSymbol(i + 1, '.')
                ? name + "." + _tokens.Slice(i + 2).ToString()
                : name[(name.LastIndexOf('.') + 1)..].TrimStart('@');
            if (!AuditSettings.Contains(setting))
            {
                continue;
            }

            int value = i + (_tokens.IsSymbol(i + 1, '.') ? 4 : 2);
            if (Plain(value).ToUpperInvariant() is "OFF" or "0" or "NONE" or "FALSE" or "" or "NO" or "DISABLE"
                or "DISABLED" or "-" or "'NONE'")
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Variables that get a text: <c>@s = …</c>, <c>s := …</c>, <c>DECLARE s text = …</c>.</summary>
    private void ReadAssignments(int start, int end)
    {
        for (int i = start + 1; i < end; i = _tokens.Next(i))
        {
            if (!_tokens.IsSymbol(i, '=') && !_tokens.IsSymbol(i, ":="))
            {
                continue;
            }

            int target = i - 1;
            if (_tokens.Word(start) == "DECLARE")
            {
                target = _tokens.KindAt(start + 1) == SqlTokenKind.Parameter || _tokens.IsName(start + 1)
                    ? start + 1
                    : target;
            }

            if (_tokens.KindAt(target) is not (SqlTokenKind.Parameter or SqlTokenKind.Word))
            {
                continue;
            }

            int stop = i + 1;
            while (stop < end && !_tokens.IsSymbol(stop, ',') && !_tokens.Is(stop, "FROM"))
            {
                stop = _tokens.Next(stop);
            }

            _session.SetVariable(_tokens.Slice(target).ToString(), _text.Read(i + 1, Math.Min(stop, end)));
            i = Math.Min(stop, end) - 1;
        }
    }
}
