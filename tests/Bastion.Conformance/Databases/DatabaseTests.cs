using Bastion.Analysis;

namespace Bastion.Conformance.Databases;

/// <summary>
/// What a real server did to ten rows, against what we said the text would do. Only the server knows whether a quote
/// was closed, a comment ended, a condition limited: every text is run, by the client one would paste it into.
/// </summary>
public sealed class DatabaseTests
{
    private static readonly string[] Destructive =
    [
        "DROP TABLE victim", "DROP TABLE IF EXISTS victim", "DELETE FROM victim", "DELETE FROM victim WHERE 1=1",
        "DELETE FROM victim WHERE true", "DELETE FROM victim WHERE 'a'='a'", "DELETE FROM victim WHERE id = id",
        "DELETE FROM victim WHERE id = 3 OR 2 > 1",
        "DELETE FROM victim WHERE NOT false", "DELETE FROM victim WHERE 1 IN (1, 2)",
        "DELETE FROM victim WHERE 2 BETWEEN 1 AND 3",
        "DELETE FROM victim WHERE (id > 0 OR 1 = 1) AND 1 < 2", "DELETE FROM victim WHERE EXISTS (SELECT 1)",
        "DELETE FROM victim WHERE id IN (SELECT id FROM victim)",
        "DELETE FROM victim WHERE 'x' LIKE '%'", "DELETE FROM victim WHERE NOT (1 = 2)",
        "DELETE FROM victim WHERE COALESCE(NULL, true)",
        "UPDATE victim SET v = 0", "UPDATE victim SET v = 0 WHERE 1 <> 2",
        "UPDATE victim SET v = 0 WHERE id IS NOT NULL OR true",
        "UPDATE victim SET v = (SELECT 0)", "ALTER TABLE victim DROP COLUMN v", "TRUNCATE TABLE victim",
        "TRUNCATE victim",
    ];

    private static readonly string[] PostgreSqlOnly =
    [
        "DELETE FROM ONLY victim", "DELETE FROM victim *", "DELETE FROM \"victim\"",
        "DELETE FROM public.victim AS x WHERE true", "DELETE FROM U&\"\\0076ictim\"",
        "DELETE FROM victim USING other", "DELETE FROM victim WHERE id = ANY (SELECT id FROM victim)",
        "DELETE FROM victim RETURNING id",
        "WITH d AS (DELETE FROM victim RETURNING *) SELECT count(*) FROM d",
        "WITH n AS (SELECT 1) UPDATE victim SET v = 0 FROM n",
        "MERGE INTO victim USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
        "TRUNCATE ONLY victim RESTART IDENTITY CASCADE",
        "INSERT INTO victim SELECT id, 0 FROM victim ON CONFLICT (id) DO UPDATE SET v = 0",
        "DROP SCHEMA public CASCADE",
        "EXPLAIN ANALYZE DELETE FROM victim", "EXPLAIN (COSTS off, ANALYZE) UPDATE victim SET v = 0",
        "COPY (DELETE FROM victim RETURNING id) TO STDOUT",
        "ALTER TABLE victim DROP v", "ALTER TABLE victim ALTER COLUMN v TYPE int USING 0",
        "UPDATE victim SET (v) = ROW(0)",
        "DO $$ BEGIN DELETE FROM victim; END $$", "DO $$ BEGIN EXECUTE 'TRUNC' || 'ATE victim'; END $$",
    ];

    private static readonly string[] MariaDbOnly =
    [
        "DELETE FROM victim ORDER BY id", "DELETE victim FROM victim", "DELETE v FROM victim v",
        "DELETE FROM v USING victim AS v", "DELETE QUICK IGNORE FROM victim",
        "DELETE FROM test.victim", "UPDATE LOW_PRIORITY victim SET v = 0", "DELETE FROM victim WHERE 1",
        "DELETE FROM victim WHERE !0", "DELETE FROM victim WHERE 1 || 0",
        "DELETE FROM victim WHERE 1 XOR 0", "DELETE FROM victim WHERE id <=> id",
        "DELETE FROM victim WHERE 1 LIMIT 100000", "DROP DATABASE test", "DROP SCHEMA test",
        "REPLACE INTO victim SELECT id, 0 FROM victim",
        "INSERT INTO victim SELECT id, 0 FROM victim x ON DUPLICATE KEY UPDATE v = 0",
        "CREATE OR REPLACE TABLE victim (id int, v int)", "UPDATE victim x JOIN victim y SET x.v = 0",
        "ALTER TABLE victim DROP v", "DELETE FROM victim RETURNING id",
    ];

    private static readonly string[] Harmless =
    [
        "SELECT * FROM victim", "SELECT count(*) FROM victim WHERE id > 3", "INSERT INTO victim VALUES (99, 99)",
        "DELETE FROM victim WHERE id = 3", "UPDATE victim SET v = 0 WHERE id IN (1, 2)",
        "DELETE FROM victim WHERE id = 4 AND 1 = 1",
    ];

    /// <summary>What every disguise is tried with.</summary>
    private static readonly string[] Disguised =
    [
        "DROP TABLE victim", "TRUNCATE TABLE victim", "DELETE FROM victim", "DELETE FROM victim WHERE id = id",
        "DELETE FROM victim WHERE NOT (1 = 2)",
        "UPDATE victim SET v = 0 WHERE 1 <> 2",
    ];

    [Fact]
    public async Task What_PostgreSQL_ran_is_what_was_foretold() =>
        await CompareAsync(SqlDialect.PostgreSql, Disguise.PostgreSql, [.. Destructive, .. PostgreSqlOnly]);

    [Fact]
    public async Task What_MariaDB_ran_is_what_was_foretold() =>
    await CompareAsync(SqlDialect.MySql, Disguise.MariaDb, [.. Destructive, .. MariaDbOnly]);

    private static async Task CompareAsync(SqlDialect dialect, Disguise[] disguises, string[] destructive)
    {
        await using DatabaseServer server = await DatabaseServer.StartAsync(dialect);
        List<string> wrong = [];
        foreach (string sql in destructive)
        {
            await CheckAsync(server, $"{sql};", fate => fate == Fate.Destroyed, mayBeHeld: true, mayPass: false, wrong);
        }

        foreach (Disguise disguise in disguises)
        {
            foreach (string sql in Disguised)
            {
                Fate expected = disguise.Runs ? Fate.Destroyed : Fate.Untouched;
                await CheckAsync(server, disguise.Dress(sql), fate => fate == expected, mayBeHeld: disguise.Runs,
                    mayPass: !disguise.Runs, wrong);
            }

            foreach (string sql in Harmless)
            {
                await CheckAsync(server, disguise.Dress(sql), fate => fate != Fate.Destroyed,
                    mayBeHeld: disguise.IsHeld, mayPass: true, wrong);
            }
        }

        Assert.True(wrong.Count == 0, $"{wrong.Count} texts:\n{string.Join('\n', wrong)}");
    }

    private static async Task CheckAsync(DatabaseServer server, string text, Func<Fate, bool> isExpected,
        bool mayBeHeld, bool mayPass, List<string> wrong)
    {
        (Fate fate, string errors) = await server.RunAsync(text);
        RiskLevel said = Analyzer.Default.AnalyzeSql(text, server.Dialect).Risk;
        if (!isExpected(fate))
        {
            wrong.Add($"not what the test expects of the server: {fate}: {text} {errors}");
        }
        else if (said == RiskLevel.Low ? !mayPass : !mayBeHeld)
        {
            wrong.Add($"{fate}, but said {said}: {text}");
        }
    }
}
