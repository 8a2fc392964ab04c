namespace Bastion.Analysis.Sql;

/// <summary>Shell text inside SQL (<c>\!</c>, <c>COPY … PROGRAM</c>, <c>system</c>) which the caller analyses in
/// turn.</summary>
internal sealed record EmbeddedShell(string Text, TextSpan Span);

/// <summary>One statement or client command, and what it would do.</summary>
/// <param name="Verb">The first word, upper-cased; empty when there is none.</param>
internal sealed record SqlStatement(TextSpan Span, string Verb, IReadOnlyList<Effect> Effects);

/// <summary>What a text of SQL does; spans count in that text.</summary>
internal sealed record SqlReading(
    IReadOnlyList<Effect> Effects,
    IReadOnlyList<EmbeddedShell> ShellCommands,
    Completeness Completeness,
    IReadOnlyList<SqlStatement> Statements);

internal static class SqlReader
{
    // Larger than any statement or dump a person sends through a session; the tokens take some thirty times as much
    // memory.
    internal const int MaximumLength = 8 << 20;

    /// <summary>Reads every statement of a text. Where servers or settings differ on how the text splits into tokens,
    /// it is read in each way that applies, and what any of them would do counts. Linear in the length of the text;
    /// never throws.</summary>
    public static SqlReading Read(string text, SqlDialect dialect)
    {
        if (text.Length > MaximumLength)
        {
            return TooLong(text);
        }

        var readings = new List<SqlReading>();
        foreach (LexicalRules rules in LexicalRules.For(text, dialect))
        {
            (SqlToken[]? tokens, bool terminated) = SqlLexer.Split(text, rules);
            var reader = new StatementReader(new TokenList(text, tokens), dialect, rules, new SqlSession(), depth: 0);
            readings.Add(reader.ReadAll(terminated));
        }

        return readings.Count == 1 ? readings[0] : Merge(readings);
    }

    private static SqlReading Merge(List<SqlReading> readings)
    {
        bool complete = readings.Exists(reading => reading.Completeness == Completeness.Complete);
        var effects = new List<Effect>();
        var shell = new List<EmbeddedShell>();
        var seen = new HashSet<(EffectKind, TextSpan)>();
        var commands = new HashSet<EmbeddedShell>();
        foreach (SqlReading reading in readings)
        {
            // A reading that ends inside a quote leaves its last statement unfinished: a server that reads it so runs
            // none of it.
            TextSpan last = complete && reading is { Completeness: Completeness.Incomplete, Statements.Count: > 0 }
                ? reading.Statements[^1].Span
                : default;
            foreach (Effect effect in reading.Effects)
            {
                if ((last.Length == 0 || effect.Span.Start < last.Start) && seen.Add((effect.Kind, effect.Span)))
                {
                    effects.Add(effect);
                }
            }

            foreach (EmbeddedShell command in reading.ShellCommands)
            {
                if ((last.Length == 0 || command.Span.Start < last.Start) && commands.Add(command))
                {
                    shell.Add(command);
                }
            }
        }

        return new SqlReading(effects, shell, complete
            ? Completeness.Complete
            : Completeness.Incomplete, readings[0].Statements);
    }

    private static SqlReading TooLong(string text)
    {
        var span = new TextSpan(0, text.Length);
        var effect =
            new Effect(EffectKind.CodeOpaque, RiskLevel.High, [], EffectScope.Unknown, span, SqlReasons.TooLong, []);
        return new SqlReading([effect], [], Completeness.Invalid, [new SqlStatement(span, string.Empty, [effect])]);
    }
}
