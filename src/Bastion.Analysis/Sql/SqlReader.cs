namespace Bastion.Analysis.Sql;

/// <summary>Shell text inside SQL (<c>\!</c>, <c>COPY … PROGRAM</c>, <c>system</c>) which the caller analyses in turn.</summary>
internal sealed record EmbeddedShell(string Text, TextSpan Span);

/// <summary>What a text of SQL does; spans count in that text.</summary>
internal sealed record SqlReading(IReadOnlyList<Effect> Effects, IReadOnlyList<EmbeddedShell> ShellCommands, Completeness Completeness);

internal static class SqlReader
{
    public static SqlReading Read(string text, SqlDialect dialect)
    {
        _ = dialect;
        return new SqlReading([], [], text.Length == 0 ? Completeness.Incomplete : Completeness.Complete);
    }
}
