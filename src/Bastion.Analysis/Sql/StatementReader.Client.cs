using System.Collections.Frozen;

namespace Bastion.Analysis.Sql;

/// <summary>Commands that the client program runs itself.</summary>
internal sealed partial class StatementReader
{
    private static readonly FrozenSet<string> ShellCommands =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, "!", "system", "host", ".shell", ".system", ":!!", "$",
        "pager");

    private static readonly FrozenSet<string> FileCommands = FrozenSet.Create(StringComparer.Ordinal,
        ".", "i", "ir", "include", "include_relative", "source", ".read", ":r", "@", "start");

    private static readonly FrozenSet<string> EditorCommands =
        FrozenSet.Create(StringComparer.Ordinal, "e", "edit", "ef", "ev", "ed", ".edit", ":ed", ":Ed", ".excel",
        ".www");

    private void ReadClientCommand(int i)
    {
        string value = _tokens[i].Value ?? string.Empty;
        int blank = value.IndexOf(' ', StringComparison.Ordinal);
        string name = blank < 0 ? value : value[..blank];
        string arguments = blank < 0 ? string.Empty : value[(blank + 1)..].Trim();
        // Case counts in mysql's short names: \p only prints.
        if (ShellCommands.Contains(name) || name is "P")
        {
            ReadClientShell(name, arguments, i);
        }
        else if (EditorCommands.Contains(name))
        {
            Add(EffectKind.SessionEscape, RiskLevel.High, i, i + 1, SqlReasons.ClientEditor);
        }
        else if (FileCommands.Contains(name))
        {
            ReadClientFile(arguments, i);
        }
        else if (name == "gexec")
        {
            Opaque(i, i + 1, SqlReasons.ResultRuns);
        }
        else if (name == "copy")
        {
            ReadClientCopy(arguments, i);
        }
        else if (name is ".load")
        {
            Add(EffectKind.DatabaseProgram, RiskLevel.High, i, i + 1, SqlReasons.NativeCode);
        }
        else if (name is ".restore")
        {
            Add(EffectKind.DatabaseDrop, RiskLevel.High, i, i + 1, SqlReasons.Restore);
        }
        else if (name is "set")
        {
            ReadClientVariable(arguments, i);
        }
        else if (name is "gset" or "prompt" or "getenv" or "unset")
        {
            _session.ForgetClientVariables();
        }
        else if (name is "setenv" && arguments.AsSpan().IndexOfAny("PE") >= 0
            && (arguments.Contains("PAGER", StringComparison.Ordinal)
            || arguments.Contains("EDITOR", StringComparison.Ordinal)))
        {
            AddShell(new TextValue(arguments[(arguments.IndexOf(' ', StringComparison.Ordinal) + 1)..].Trim('\''),
                true), i, i + 1, SqlReasons.ClientShell);
        }

        if (arguments.StartsWith('|'))
        {
            AddShell(new TextValue(arguments[1..].Trim(), true), i, i + 1, SqlReasons.ClientShell);
        }
        else if (name is not ("copy" or "!") && Backticks(arguments) is { } command)
        {
            AddShell(new TextValue(command, true), i, i + 1, SqlReasons.ClientShell);
        }
        else if (name is "o" or "out" or "w" or "write" or "T" or "tee" or ".output" or ".once" or ".save" or ".backup"
            or "spool" && arguments.Length > 0)
        {
            Add(EffectKind.FileOverwrite, RiskLevel.Low, i, i + 1, SqlReasons.ClientFile,
                [new EffectObject(arguments.Trim('\''), ObjectKind.Path)]);
        }
    }

    private void ReadClientShell(string name, string arguments, int i)
    {
        // mysql's pager alone goes back to the default one.
        if (arguments.Length == 0 && name is "P" or "pager")
        {
            return;
        }

        AddShell(new TextValue(arguments.TrimEnd(';'), true), i, i + 1, SqlReasons.ClientShell);
    }

    private void ReadClientFile(string arguments, int i) =>
        Add(EffectKind.CodeOpaque, RiskLevel.High, i, i + 1, SqlReasons.ClientScript,
        [new EffectObject(arguments.TrimEnd(';').Trim('\''), ObjectKind.Path)], EffectScope.Unknown);

    private void ReadClientCopy(string arguments, int i)
    {
        int program = arguments.IndexOf(" program ", StringComparison.OrdinalIgnoreCase);
        if (program >= 0)
        {
            AddShell(new TextValue(Unquoted(arguments[(program + 9)..]), true), i, i + 1, SqlReasons.ClientShell);
        }

        if (arguments.StartsWith('('))
        {
            ReadNested(arguments, i, "\\copy");
        }
    }

    /// <summary><c>\set name value</c>: a later <c>:name</c> is replaced by the value before the server sees
    /// it.</summary>
    private void ReadClientVariable(string arguments, int i)
    {
        int blank = arguments.AsSpan().IndexOfAny(' ', '\t');
        if (blank <= 0)
        {
            return;
        }

        string value = arguments[(blank + 1)..].Trim();
        // In the middle of a statement it counts for what follows it alone; here it was put before the whole.
        bool known = Backticks(value) is null && !StandsInStatement(i);
        _session.SetClientVariable(":" + arguments[..blank], known
            ? new TextValue(Unquoted(value), true)
            : TextValue.NotKnown);
    }

    private bool StandsInStatement(int command)
    {
        int first = command + 1;
        while (_tokens.KindAt(first) == SqlTokenKind.ClientCommand)
        {
            first++;
        }

        return _tokens.KindAt(first) != SqlTokenKind.Terminator && _tokens[first].Start < _tokens[command].Start;
    }

    /// <summary>True when the statement was read with psql's variables replaced.</summary>
    private bool ExpandVariables(int start, int end)
    {
        if (_rules.Client is not (SqlClient.Psql or SqlClient.Any))
        {
            return false;
        }

        bool found = false;
        var expanded = new System.Text.StringBuilder();
        int from = _tokens[start].Start;
        for (int i = start; i < end; i++)
        {
            if (_tokens.KindAt(i) != SqlTokenKind.Parameter || !_tokens.Slice(i).StartsWith(":"))
            {
                continue;
            }

            if (_session.ClientVariables.TryGetValue(_tokens.Slice(i).ToString(), out TextValue value))
            {
                if (!value.Known)
                {
                    Opaque(start, end, SqlReasons.DynamicSql);
                }

                expanded.Append(_tokens.Text, from, _tokens[i].Start - from).Append(value.Text);
                from = _tokens[i].End;
                found = true;
            }
            else if (i == start)
            {
                Opaque(start, end, SqlReasons.DynamicSql);
            }

            if (expanded.Length > SqlReader.MaximumLength)
            {
                return false;
            }
        }

        if (!found)
        {
            return false;
        }

        expanded.Append(_tokens.Text, from, _tokens[end - 1].End - from);
        ReadNested(expanded.ToString(), start, "\\set");
        return true;
    }

    private static string Unquoted(string value) => value.Length > 1 && value[0] == '\'' && value[^1] == '\''
        ? value[1..^1].Replace("''", "'", StringComparison.Ordinal)
        : value;

    private static string? Backticks(string arguments)
    {
        int open = arguments.IndexOf('`', StringComparison.Ordinal);
        int close = open < 0 ? -1 : arguments.IndexOf('`', open + 1);
        return close < 0 ? null : arguments[(open + 1)..close];
    }
}
