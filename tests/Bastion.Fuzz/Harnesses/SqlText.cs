using Bastion.Analysis;

namespace Bastion.Fuzz.Harnesses;

internal sealed class SqlText(SqlDialect dialect) : Harness
{
    private static readonly string[] Statements =
    [
        "DELETE FROM orders", "DELETE FROM orders WHERE id = 7", "UPDATE t SET a = 1 WHERE 1 = 1",
        "DROP TABLE IF EXISTS a, b CASCADE", "TRUNCATE t", "ALTER TABLE t DROP COLUMN c",
        "ALTER TABLE t ADD COLUMN c int",
        "WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", "DO $$ BEGIN EXECUTE 'DROP TABLE t'; END $$",
        "PREPARE s FROM 'DELETE FROM t'; EXECUTE s",
        "SET @q = CONCAT('DROP ', 'TABLE t'); PREPARE s FROM @q; EXECUTE s",
        "COPY t FROM PROGRAM 'rm -rf /srv'", "/*!50001 DROP TABLE t */",
        "SELECT 'it''s', \"q\", E'\\'', $a$ DROP $a$ -- x\n",
        "CREATE OR REPLACE FUNCTION f() RETURNS void AS $$ DELETE FROM t $$ LANGUAGE sql", "GRANT ALL ON t TO public",
        "\\! rm -rf /srv", "\\i /tmp/x.sql", "BEGIN; DELETE FROM t; COMMIT", "EXPLAIN ANALYZE DELETE FROM t",
        "EXPLAIN DELETE FROM t", "DELIMITER //\nCREATE PROCEDURE p() BEGIN DELETE FROM t; END//\n",
        "INSERT INTO t VALUES (1, 'x')",
        "PURGE BINARY LOGS TO 'x'", "EXEC('DROP TABLE t')", "BEGIN EXECUTE IMMEDIATE 'DROP TABLE t'; END;",
        "DROP TEMPORARY TABLE t", "DELETE t FROM t JOIN u ON t.id = u.id",
        "MERGE INTO t USING u ON (1=1) WHEN MATCHED THEN DELETE",
    ];

    private static readonly IReadOnlyList<byte[]> Grammar = Utf8(
    [
        " ", "\n", ";", ",", "(", ")", "'", "\"", "`", "$$", "$a$", "--", "-- \n", "/*", "*/", "/*!", "#", "\\", "\\'",
        "E'", "N'", "U&'", "q'[", "]'", "||", "=", "<>", "1", "0", "NULL", "TRUE", "NOT ", " OR ", " AND ", " IN ",
        "SELECT ", "DELETE FROM ", "UPDATE ", " SET ", " WHERE ", "DROP ", "TABLE ", "TEMPORARY ", "TRUNCATE ",
        "ALTER ", "CREATE ", " OR REPLACE ", "INSERT INTO ", "VALUES ", "WITH ", " AS ", "EXISTS ", "CASE ", "WHEN ",
        "THEN ", "END",
        "BEGIN", "COMMIT", "DO ", "CALL ", "EXECUTE ", "IMMEDIATE ", "PREPARE ", "DECLARE ", "IF ", "LOOP ", "GRANT ",
        "COPY ", "PROGRAM ", "EXPLAIN ", "ANALYZE ", "\\!", "\\gexec", "\\i ", "DELIMITER //\n", "//", "GO\n", "t",
        "a.b", "@x", ":x", "?",
        "RETURNING ", "LIMIT 1", "USING ", "JOIN ", "ON ", "\0", "é", "\u200b",
    ]);

    public override string Name => "sql-" + dialect.ToString().ToLowerInvariant();

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string text = Text(input);
        AnalysisResult result = Read(text);
        RiskLaws.AssertWellFormed(result);
        RiskLaws.AssertSame(result, Read(text));
        if (result.Completeness == Completeness.Complete)
        {
            RiskLaws.AssertNotKinder(result, Read(text + "\n"), "a newline after it");
            RiskLaws.AssertNotKinder(result, Read("/* note */\n" + text), "a comment before it");
            RiskLaws.AssertNotKinder(result, Read("-- note\n" + text), "a line of comment before it");
            RiskLaws.AssertNotKinder(result, Read("SELECT 1;\n" + text), "a statement before it");
            // Behind another delimiter it would belong to the last statement, which then does not run.
            if (!text.Contains("delimiter", StringComparison.OrdinalIgnoreCase))
            {
                RiskLaws.AssertNotKinder(result, Read(text + "\n;\n'"), "an open quote after it");
            }
        }

        return RiskLaws.Behaviour(result);
    }

    protected override IEnumerable<byte[]> MakeSeeds() => Statements.Select(Utf8);

    private AnalysisResult Read(string text) => Analyzer.Default.AnalyzeSql(text, dialect);
}
