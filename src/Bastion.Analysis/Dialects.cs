namespace Bastion.Analysis;

/// <summary>The shell that will read the text. Constructs of the others are recognised as theirs, never misread in
/// silence.</summary>
public enum ShellDialect
{
    Posix,
    Bash,
    Ksh,
    Zsh,
}

public enum SqlDialect
{
    /// <summary>Not known: what any of the dialects would call destructive is destructive.</summary>
    Any,
    PostgreSql,
    MySql,
    Sqlite,
    TransactSql,
    Oracle,
    ClickHouse,
    Cql,
}
