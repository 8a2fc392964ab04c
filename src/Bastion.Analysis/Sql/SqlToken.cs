namespace Bastion.Analysis.Sql;

internal enum SqlTokenKind : byte
{
    /// <summary>A keyword or an unquoted name.</summary>
    Word,
    QuotedName,

    /// <summary>A string constant; <see cref="SqlToken.Value"/> is its content.</summary>
    Text,
    Number,

    /// <summary>A placeholder or variable: <c>?</c>, <c>$1</c>, <c>:name</c>, <c>@name</c>.</summary>
    Parameter,
    Symbol,

    /// <summary>A command of the client program (<c>\!</c>, <c>source</c>, <c>.shell</c>), which never reaches the
    /// database as SQL.</summary>
    ClientCommand,

    /// <summary>The end of a statement: <c>;</c>, the current DELIMITER, <c>GO</c>, <c>\g</c>.</summary>
    Terminator,
}

/// <param name="Value">The content of a string or quoted name, the text of a client command; null otherwise.</param>
internal readonly record struct SqlToken(SqlTokenKind Kind, int Start, int End, string? Value = null);
