using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

internal sealed partial class StatementReader
{
    private static readonly FrozenSet<string> CodeKinds = FrozenSet.Create(StringComparer.Ordinal,
        "FUNCTION", "PROCEDURE", "PROC", "PACKAGE", "TRIGGER", "RULE", "EVENT", "AGGREGATE", "LANGUAGE", "EXTENSION", "OPERATOR", "MACRO", "ASSEMBLY",
        "LIBRARY", "CAST", "TRANSFORM", "ACCESS", "JAVA", "SONAME", "BODY", "PROFILE");

    /// <summary>Languages whose code runs with the server's own rights on the server's host.</summary>
    private static readonly FrozenSet<string> UntrustedLanguages = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "c", "internal", "plpythonu", "plpython2u", "plpython3u", "plperlu", "pltclu", "plsh", "plrustu", "pljavau", "plr", "java");

    private static readonly FrozenSet<string> SqlLanguages = FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "sql", "plpgsql", "plpsql", "tsql", "");

    private void ReadCreate(int start, int end)
    {
        var replaces = tokens.Are(start + 1, "OR", "REPLACE") || tokens.Are(start + 1, "OR", "ALTER");
        var i = start + 1;
        while (i < end && (tokens.IsAny(i, "OR", "REPLACE", "ALTER", "DEFINER", "SQL", "SECURITY", "INVOKER", "CONSTRAINT", "EDITIONABLE", "NONEDITIONABLE", "FORCE", "PUBLIC", "TRUSTED",
                "PROCEDURAL", "CURRENT_USER", "AGGREGATE", "GLOBAL", "LOCAL", "UNLOGGED", "EXTERNAL", "TRANSIENT", "SECURE")
            || tokens.IsSymbol(i, '=') || tokens.KindAt(i) is SqlTokenKind.Text or SqlTokenKind.QuotedName or SqlTokenKind.Parameter || tokens.IsAny(i - 1, "DEFINER") || tokens.IsSymbol(i - 1, '=')
            || tokens.IsSymbol(i, '@') || tokens.IsSymbol(i, '%') || (tokens.Is(i - 1, "EVENT") && tokens.Is(i, "TRIGGER")) || (tokens.Is(i, "EVENT") && tokens.Is(i + 1, "TRIGGER"))))
            i++;
        var kind = tokens.Word(i);
        var name = SkipIfExists(SkipWords(i + 1, "BODY"));
        switch (kind)
        {
            case "TEMPORARY" or "TEMP":
                session.AddTemporary(NameAt(SkipIfExists(SkipWords(i + 1, "TABLE", "VIEW", "SEQUENCE")), out _));
                break;
            case "TABLE" when replaces:
                Add(EffectKind.DatabaseDrop, RiskLevel.High, start, end, SqlReasons.ReplaceTable, Names(name, end, ObjectKind.Table), EffectScope.All);
                break;
            case "TABLE" or "FOREIGN" when tokens.Find(i, end, "PROGRAM") is > 0 and var option || ProgramOption(i, end) is > 0 and var inner && (option = inner) > 0:
                AddShell(text.Read(option + 1, option + 2), start, end, SqlReasons.ServerProgram);
                break;
            case "USER" or "ROLE" or "LOGIN" or "GROUP":
                var raises = tokens.Find(i, end, "SUPERUSER", "CREATEROLE", "BYPASSRLS", "REPLICATION") >= 0;
                Add(EffectKind.IdentityChange, raises ? RiskLevel.High : RiskLevel.Low, start, end, raises ? SqlReasons.GrantWide : SqlReasons.CreateAccount, Names(name, end, ObjectKind.Account));
                break;
            case "SERVER" or "AUDIT" when tokens.Find(i, end, "AUDIT") >= 0:
                Add(EffectKind.AuditTamper, RiskLevel.Low, start, end, SqlReasons.AuditChange);
                break;
            default:
                if (CodeKinds.Contains(kind))
                    ReadCreateCode(kind, start, i, name, end, replaces);
                break;
        }
    }

    /// <summary>file_fdw: <c>OPTIONS (program 'cmd')</c>.</summary>
    private int ProgramOption(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (tokens.Is(i, "PROGRAM") && tokens.KindAt(i + 1) == SqlTokenKind.Text && (tokens.IsSymbol(i - 1, '(') || tokens.IsSymbol(i - 1, ',')))
                return i;
        }
        return -1;
    }

    private void ReadCreateCode(string kind, int start, int kindAt, int name, int end, bool replaces)
    {
        var objects = Names(name, end, ObjectKind.Resource);
        var before = effects.Count;
        if (kind == "EVENT" && !tokens.Is(kindAt - 1, "TRIGGER"))
            Add(EffectKind.ScheduleCreate, RiskLevel.Low, start, end, SqlReasons.CreateEvent, objects);
        var language = tokens.Find(name, end, "LANGUAGE") is >= 0 and var at ? Plain(at + 1) : string.Empty;
        if (kind == "ASSEMBLY" || (kind != "LIBRARY" && UntrustedLanguages.Contains(language)) || tokens.Find(name, end, "SONAME") >= 0)
            Add(EffectKind.DatabaseProgram, RiskLevel.High, start, end, SqlReasons.NativeCode, objects);
        var outer = chain;
        chain = [.. chain, "CREATE " + kind];
        for (var i = name; i < end; i++)
        {
            // The body: AS $$ … $$; or statements in the open, which have a verb of their own.
            if (tokens.KindAt(i) == SqlTokenKind.Text && tokens.Is(i - 1, "AS") && SqlLanguages.Contains(language) && kind is "FUNCTION" or "PROCEDURE")
                ReadNested(tokens[i].Value ?? string.Empty, i, "body");
        }
        ReadBlock(kindAt, end);
        chain = outer;
        if (effects.Count == before)
            Add(EffectKind.DatabaseProgram, replaces && kind != "LIBRARY" ? RiskLevel.High : RiskLevel.Low, start, end, replaces ? SqlReasons.ReplaceCode : SqlReasons.CreateCode, objects);
    }

    private void ReadDo(int start, int end)
    {
        var body = -1;
        for (var i = start + 1; i < end && body < 0; i = tokens.Next(i))
            body = tokens.KindAt(i) == SqlTokenKind.Text ? i : -1;
        var language = tokens.Find(start, end, "LANGUAGE") is >= 0 and var at ? Plain(at + 1) : string.Empty;
        // MySQL's DO evaluates expressions; PostgreSQL's takes a body as its only string.
        if (body < 0 || (body != start + 1 && language.Length == 0))
            return;
        if (!SqlLanguages.Contains(language))
            Opaque(start, end, SqlReasons.OtherLanguage);
        else
            ReadNested(tokens[body].Value ?? string.Empty, body, "DO");
    }

    private void ReadExecute(int start, int end)
    {
        var verb = tokens.Word(start);
        if (verb == "PERFORM")
            return;
        var i = SkipWords(start + 1, "IMMEDIATE");
        if (tokens.IsAny(i, "FUNCTION", "PROCEDURE") && !tokens.IsSymbol(i + 1, '('))
            return;
        if (tokens.KindAt(i) == SqlTokenKind.Parameter && tokens.IsSymbol(i + 1, '='))
            i += 2;
        var stop = tokens.Find(i, end, "USING", "INTO", "LOOP", "WITH") is >= 0 and var clause ? clause : end;
        if (tokens.IsAny(i, "AS") && tokens.IsAny(i + 1, "USER", "LOGIN", "CALLER"))
        {
            Add(EffectKind.PrivilegeRaise, RiskLevel.Low, start, end, SqlReasons.OtherAccount);
            return;
        }
        if (verb == "CALL")
        {
            var procedure = NameAt(i, out var next);
            if (!ReadProcedure(procedure, start, tokens.IsSymbol(next, '(') ? next + 1 : next, end))
                Opaque(start, end, SqlReasons.StoredCode);
            return;
        }
        if (tokens.IsSymbol(i, '(') || tokens.KindAt(i) is SqlTokenKind.Text or SqlTokenKind.Parameter or SqlTokenKind.Number || IsExpression(i, stop))
            ReadDynamic(i, stop, start);
        else if (NameAt(i, out var after) is { Length: > 0 } name && !session.IsPrepared(name) && !ReadProcedure(name, start, after, stop))
            Opaque(start, end, SqlReasons.StoredCode);
    }

    /// <summary>EXECUTE of an expression, as against the name of a procedure or prepared statement.</summary>
    private bool IsExpression(int i, int end)
    {
        if (tokens.IsName(i) && session.Variables.ContainsKey(tokens.Slice(i).ToString()))
            return true;
        return tokens.Find(i, end, "||") >= 0 || tokens.IsSymbol(i + 1, "||")
            || (tokens.IsSymbol(i + 1, '(') && tokens.IsAny(i, "FORMAT", "CONCAT", "CHR", "CONCAT_WS", "REPLACE", "CURRENT_SETTING", "CONVERT_FROM", "REVERSE", "UNHEX", "FROM_BASE64", "CHAR", "DECODE"));
    }

    /// <summary>A text that is run as SQL.</summary>
    private void ReadDynamic(int start, int end, int from)
    {
        var value = text.Read(start, end);
        if (value.Text != TextValue.Unknown)
            ReadNested(value.Text, start, "EXECUTE");
        if (!value.Known)
            Opaque(from, end, SqlReasons.DynamicSql);
    }

    private void ReadPrepare(int start, int end)
    {
        if (tokens.Is(start + 1, "TRANSACTION"))
            return;
        session.Prepare(NameAt(start + 1, out var i));
        if (tokens.Is(i, "FROM"))
            ReadDynamic(i + 1, end, start);
        else if (tokens.Find(i, end, "AS") is >= 0 and var statement)
            ReadVerb(tokens.Word(statement + 1), statement + 1, end);
    }

    private void ReadSet(int start, int end)
    {
        var i = start + 1;
        if (tokens.Is(i, "PASSWORD"))
        {
            Add(EffectKind.IdentityChange, RiskLevel.Low, start, end, SqlReasons.AlterAccount);
            return;
        }
        if (tokens.Is(i, "ROLE") || (tokens.Is(i, "SESSION") && tokens.Is(i + 1, "AUTHORIZATION")))
        {
            Add(EffectKind.PrivilegeRaise, RiskLevel.Low, start, end, SqlReasons.OtherAccount);
            return;
        }
        if (tokens.IsAny(i, "STATEMENT"))
        {
            // MariaDB: SET STATEMENT name=value FOR statement.
            if (tokens.Find(i, end, "FOR") is >= 0 and var statement)
                ReadVerb(tokens.Word(statement + 1), statement + 1, end);
            return;
        }
        if (SwitchesAuditOff(i, end))
            Add(EffectKind.AuditTamper, RiskLevel.High, start, end, SqlReasons.AuditChange);
        else if (tokens.IsAny(i, "GLOBAL", "PERSIST", "PERSIST_ONLY") || tokens.Slice(i).StartsWith("@@GLOBAL", StringComparison.OrdinalIgnoreCase))
            Add(EffectKind.DatabaseAlter, RiskLevel.Low, start, end, SqlReasons.GlobalSetting);
        ReadAssignments(start, end);
    }

    private static readonly FrozenSet<string> AuditSettings = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "general_log", "log_output", "log_statement", "log_connections", "log_disconnections", "logging_collector", "log_min_duration_statement", "server_audit_logging",
        "server_audit_events", "audit_log_policy", "audit_log_disable", "audit_log_filter_id", "audit_sys_operations", "audit_trail", "log_bin", "log_error", "log_raw", "pgaudit.log");

    private bool SwitchesAuditOff(int start, int end)
    {
        for (var i = start; i < end; i++)
        {
            if (!tokens.IsName(i) && tokens.KindAt(i) != SqlTokenKind.Parameter)
                continue;
            var name = tokens.Slice(i).ToString();
            var setting = tokens.IsSymbol(i + 1, '.') ? name + "." + tokens.Slice(i + 2).ToString() : name[(name.LastIndexOf('.') + 1)..].TrimStart('@');
            if (!AuditSettings.Contains(setting))
                continue;
            var value = i + (tokens.IsSymbol(i + 1, '.') ? 4 : 2);
            if (Plain(value).ToUpperInvariant() is "OFF" or "0" or "NONE" or "FALSE" or "" or "NO" or "DISABLE" or "DISABLED" or "-" or "'NONE'")
                return true;
        }
        return false;
    }

    /// <summary>Variables that get a text: <c>@s = …</c>, <c>s := …</c>, <c>DECLARE s text = …</c>.</summary>
    private void ReadAssignments(int start, int end)
    {
        for (var i = start + 1; i < end; i = tokens.Next(i))
        {
            if (!tokens.IsSymbol(i, '=') && !tokens.IsSymbol(i, ":="))
                continue;
            var target = i - 1;
            if (tokens.Word(start) == "DECLARE")
                target = tokens.KindAt(start + 1) == SqlTokenKind.Parameter || tokens.IsName(start + 1) ? start + 1 : target;
            if (tokens.KindAt(target) is not (SqlTokenKind.Parameter or SqlTokenKind.Word))
                continue;
            var stop = i + 1;
            while (stop < end && !tokens.IsSymbol(stop, ',') && !tokens.Is(stop, "FROM"))
                stop = tokens.Next(stop);
            session.SetVariable(tokens.Slice(target).ToString(), text.Read(i + 1, Math.Min(stop, end)));
            i = Math.Min(stop, end) - 1;
        }
    }
}
