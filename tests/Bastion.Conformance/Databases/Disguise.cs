namespace Bastion.Conformance.Databases;

/// <summary>What stands around a statement, and whether the server still runs it.</summary>
/// <param name="Dress">Makes the text that the client is given out of the statement, which has no semicolon.</param>
internal sealed record Disguise(string Name, bool Runs, Func<string, string> Dress)
{
    /// <summary>Held whatever stands in it: what runs is made only then, or stands in the database by then.</summary>
    public bool IsHeld { get; init; }

    /// <summary>The same for both servers.</summary>
    private static readonly Disguise[] Common =
    [
        new("plain", true, sql => $"{sql};"),
        new("without a semicolon", true, sql => sql),
        new("in odd capitals", true,
            sql => sql.Replace("DELETE", "dElEtE", StringComparison.Ordinal)
                .Replace("TABLE", "tabLE", StringComparison.Ordinal)
                .Replace("SET", "Set", StringComparison.Ordinal) + ";"),
        new("with a client command in it", true,
            sql => $"{sql.Replace("victim", "victim \\p\n", StringComparison.Ordinal)};"),
        new("a comment for each space", true, sql => $"{sql.Replace(" ", "/**/", StringComparison.Ordinal)};"),
        new("a line for each space", true, sql => $"{sql.Replace(" ", "\n", StringComparison.Ordinal)};"),
        new("a line comment and a line for each space", true,
            sql => $"{sql.Replace(" ", " -- '\n", StringComparison.Ordinal)};"),
        new("tabs and carriage returns", true, sql => $"{sql.Replace(" ", "\t\r\n", StringComparison.Ordinal)};"),
        new("after a harmless statement", true, sql => $"SELECT 1; {sql};"),
        new("after a string with a semicolon and a comment in it", true, sql => $"SELECT ';--/*'; {sql};"),
        new("after a doubled quote", true, sql => $"SELECT 'it''s --'; {sql};"),
        new("after a comment with a quote in it", true, sql => $"/* it's */ {sql};"),
        new("after a line comment with a quote in it", true, sql => $"-- it's\n{sql};"),
        new("after an error", true, sql => $"SELECT nothing FROM nowhere; {sql};"),
        new("after an empty statement", true, sql => $";;{sql};"),
        new("ended by backslash g", true, sql => $"{sql} \\g\n"),
        new("in a transaction", true, sql => $"BEGIN; {sql}; COMMIT;"),
        new("in a line comment", false, sql => $"-- {sql};\nSELECT 1;"),
        new("in a comment", false, sql => $"/* {sql}; */ SELECT 1;"),
        new("in a string", false, sql => $"SELECT '{Quoted(sql)};';"),
        new("in a quoted name", false, sql => $"SELECT 1 AS \"{sql};\";"),
        new("in a string over lines", false, sql => $"SELECT '\n{Quoted(sql)};\n';"),
    ];

    public static readonly Disguise[] PostgreSql =
    [
        .. Common,
        new("after a comment in a comment", true, sql => $"/* /* */ ; */ {sql};"),
        new("in a comment after a comment in it", false, sql => $"/* /* */ {sql}; */ SELECT 1;"),
        new("after a backslash that escapes nothing", true, sql => $"SELECT '\\'; {sql}; --'"),
        new("behind a backslash that escapes", false, sql => $"SELECT E'\\'; {sql}; --';"),
        new("in dollar quotes", false, sql => $"SELECT $q${sql};$q$;"),
        new("after dollar quotes", true, sql => $"SELECT $a$ $b$ ' $a$; {sql};"),
        new("after a dollar in a name", true, sql => $"SELECT 1 AS a$b$c; {sql}; SELECT 1 AS a$b$c;"),
        new("after a carriage return that ends a comment", true, sql => $"-- x\r{sql};"),
        new("after a semicolon sent with it", true, sql => $"SELECT 1\\; {sql};"),
        new("out of a variable", true, sql => $"\\set q '{Quoted(sql)}'\n:q;"),
        new("out of a variable that another of other case hides", true,
            sql => $"\\set q '{Quoted(sql)}'\n\\set Q 'SELECT 1'\n:q;"),
        new("out of a variable that is set anew behind it", true,
            sql => $"\\set q '{Quoted(sql)}'\n:q \\set q 'SELECT 1'\n;")
        {
            IsHeld = true,
        },
        new("out of a variable that a result has set", true,
            sql => $"\\set q 'SELECT 1'\nSELECT $q${sql}$q$ AS q \\gset\n:q;")
        {
            IsHeld = true,
        },
        new("made by a query", true, sql => $"SELECT $q${sql}$q$ \\gexec\n") { IsHeld = true },
        new("in a variable that is only shown", false, sql => $"\\set q '{Quoted(sql)}'\nSELECT length(:'q');"),
        new("prepared and run", true, sql => IsRows(sql) ? $"PREPARE p AS {sql}; EXECUTE p;" : $"{sql};"),
        new("in a block", true, sql => $"DO $do$ BEGIN {sql}; END $do$;"),
        new("in a block in a block", true,
            sql => $"DO $do$ BEGIN IF true THEN DO $in$ BEGIN {sql}; END $in$; END IF; END $do$;"),
        new("in a block that computes it", true,
            sql => $"DO $do$ BEGIN EXECUTE $q${sql[..3]}$q$ || $q${sql[3..]}$q$; END $do$;"),
        new("out of a variable of a block that is set anew behind it", true,
            sql => $"DO $do$ DECLARE q text; BEGIN q := $q${sql}$q$; EXECUTE q; q := 'SELECT 1'; END $do$;")
        {
            IsHeld = true,
        },
        new("out of a variable of a block that a result has set", true,
            sql => $"DO $do$ DECLARE q text := 'SELECT 1'; BEGIN SELECT $q${sql}$q$ INTO q; EXECUTE q; END $do$;")
        {
            IsHeld = true,
        },
        new("in a function that is called", true,
            sql => $"CREATE FUNCTION spare.f() RETURNS void LANGUAGE plpgsql AS $do$ BEGIN EXECUTE $q${sql}$q$; END "
                + "$do$; SELECT spare.f();"),
    ];

    public static readonly Disguise[] MariaDb =
    [
        .. Common,
        new("after what looks like a comment in a comment", true, sql => $"/* /* */ {sql}; -- */"),
        new("after a hash comment", true, sql => $"# it's\n{sql};"),
        new("in a hash comment", false, sql => $"# {sql};\nSELECT 1;"),
        // Where a backslash does escape we still say that it runs: whether it does is a setting of the server, which
        // the text does not show.
        new("behind a backslash where none escapes", true,
            sql => $"SET sql_mode = 'NO_BACKSLASH_ESCAPES'; SELECT '\\'; {sql}; -- '"),
        new("after two minuses that are no comment", true, sql => $"SELECT 5--5; {sql};"),
        new("in a versioned comment", true, sql => $"/*! {sql} */;"),
        new("in a comment for an old version", true, sql => $"/*!50000 {sql} */;"),
        new("in a comment for MariaDB", true, sql => $"/*M! {sql} */;"),
        new("half in a versioned comment", true,
            sql => $"{sql[..sql.IndexOf(' ', StringComparison.Ordinal)]} /*!40000 "
                + $"{sql[(sql.IndexOf(' ', StringComparison.Ordinal) + 1)..]} */;"),
        new("with its name in back quotes", true,
            sql => $"{sql.Replace("victim", "`victim`", StringComparison.Ordinal)};"),
        new("with another delimiter", true, sql => $"DELIMITER //\n{sql}//\n"),
        new("in double quotes", false, sql => $"SELECT \"{sql.Replace("\"", "\"\"", StringComparison.Ordinal)};\";"),
        new("ended by backslash G", true, sql => $"{sql}\\G\n"),
        new("prepared and run", true, sql => $"PREPARE p FROM '{Quoted(sql)}'; EXECUTE p;"),
        new("run at once", true, sql =>
            $"EXECUTE IMMEDIATE CONCAT('{sql[..3]}', '{sql[3..].Replace("'", "''", StringComparison.Ordinal)}');"),
        new("out of a variable", true, sql => $"SET @q = '{Quoted(sql)}'; PREPARE p FROM @q; EXECUTE p;"),
        new("out of a variable that a result has set", true,
            sql => $"SET @q = 'SELECT 1'; SELECT '{Quoted(sql)}' INTO @q; PREPARE p FROM @q; EXECUTE p;")
        {
            IsHeld = true,
        },
        new("out of a variable that a block sets", true, sql =>
            $"SET @q = 'SELECT 1';\nDELIMITER //\nBEGIN NOT ATOMIC SET @q = '{Quoted(sql)}'; PREPARE p FROM @q; "
            + "EXECUTE p; END//\n")
        {
            IsHeld = true,
        },
        new("in a procedure that is called", true,
            sql => $"DELIMITER //\nCREATE PROCEDURE spare() BEGIN {sql}; END//\nDELIMITER ;\nCALL spare();")
        {
            IsHeld = true,
        },
        new("in a block", true, sql => $"DELIMITER //\nBEGIN NOT ATOMIC {sql}; END//\n"),
    ];

    /// <summary>PREPARE takes no definition.</summary>
    private static bool IsRows(string sql) =>
        sql.StartsWith("DELETE", StringComparison.Ordinal) || sql.StartsWith("UPDATE", StringComparison.Ordinal);

    private static string Quoted(string sql) => sql.Replace("'", "''", StringComparison.Ordinal);
}
