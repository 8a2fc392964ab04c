using System.Diagnostics;
using System.Text;
using Bastion.Analysis.Sql;
using FsCheck.Xunit;

namespace Bastion.Analysis.Tests.Sql;

public class SqlReaderTests
{
    private static SqlReading Read(string text, SqlDialect dialect = SqlDialect.Any) => SqlReader.Read(text, dialect);

    private static bool Stops(string text, SqlDialect dialect = SqlDialect.Any) =>
        Read(text, dialect).Effects.Any(effect => effect.Level > RiskLevel.Low);

    [Theory]
    [InlineData("drop table invoices", "database.drop")]
    [InlineData("DROP SCHEMA sales CASCADE", "database.drop")]
    [InlineData("truncate invoices, lines", "database.truncate")]
    [InlineData("delete from invoices", "database.delete-all")]
    [InlineData("update invoices set paid = true", "database.update-all")]
    [InlineData("alter table invoices drop total", "database.alter")]
    [InlineData("alter table invoices add a int, drop column b", "database.alter")]
    [InlineData("with gone as (delete from invoices returning *) select count(*) from gone", "database.delete-all")]
    [InlineData("explain (costs, analyze) delete from invoices", "database.delete-all")]
    [InlineData("copy invoices to program 'cat > /tmp/x'", "session.escape")]
    [InlineData("select * from invoices into outfile '/tmp/x'", "data.export")]
    [InlineData("purge binary logs before now()", "backup.destroy")]
    [InlineData("select pg_drop_replication_slot('standby1')", "backup.destroy")]
    [InlineData("select pg_terminate_backend(pid) from pg_stat_activity", "process.kill")]
    [InlineData("set global general_log = off", "audit.tamper")]
    [InlineData("shutdown", "service.stop")]
    [InlineData("grant all privileges on *.* to 'x'@'%'", "database.grant")]
    [InlineData("create or replace function f() returns int language sql as 'select 1'", "database.program")]
    [InlineData("create event e on schedule every 1 day do truncate invoices", "database.truncate")]
    [InlineData("do $$ begin execute 'drop ' || 'table invoices'; end $$", "database.drop")]
    [InlineData("do language plpython3u $$ import os $$", "code.opaque")]
    [InlineData("call nightly()", "code.opaque")]
    [InlineData("exec xp_cmdshell 'dir'", "session.escape")]
    [InlineData("select dblink_exec('h', 'truncate invoices')", "database.truncate")]
    [InlineData("do $a$ begin do $b$ begin delete from invoices; end $b$; end $a$", "database.delete-all")]
    [InlineData("alter table invoices alter column total type numeric(9, 2) using 0", "database.alter")]
    [InlineData("insert into invoices select id, 0 from invoices on conflict (id) do update set total = 0",
        "database.update-all")]
    [InlineData("replace into invoices select id, 0 from invoices", "database.update-all")]
    public void Statement_has_effect(string text, string effect) =>
        Assert.Contains(Read(text).Effects, found => found.Kind.Name() == effect && found.Level > RiskLevel.Low);

    [Theory]
    [InlineData("delete from invoices where 7 = 7")]
    [InlineData("delete from invoices where true")]
    [InlineData("delete from invoices where not false")]
    [InlineData("delete from invoices where number = any (select number from invoices)")]
    [InlineData("delete from invoices where number = number \\g\n")]
    [InlineData("delete from invoices \\p\n where not false\\G")]
    [InlineData("delete from invoices where 'x' = 'x'")]
    [InlineData("delete from invoices where number = number")]
    [InlineData("delete from invoices where number = 4 or true")]
    [InlineData("delete from invoices where (number = 4) or (2 > 1)")]
    [InlineData("delete from invoices where 3 in (1, 2, 3)")]
    [InlineData("delete from invoices where 5 between 1 and 10")]
    [InlineData("delete from invoices where null is null")]
    [InlineData("delete from invoices where exists (select 1)")]
    [InlineData("delete from invoices where number is null or number is not null")]
    [InlineData("delete from invoices where number > 3 or number < 10")]
    [InlineData("delete from invoices where now() > '2001-01-01'")]
    [InlineData("delete from invoices where coalesce(null, 1) = 1")]
    [InlineData("delete from invoices where name like '%'")]
    [InlineData("delete from invoices where number * 0 = 0")]
    [InlineData("delete from invoices where not (number = 4 and 1 = 2)")]
    [InlineData("delete from invoices where case when 1 = 1 then true else false end")]
    [InlineData("delete from invoices where 1")]
    [InlineData("delete from invoices where id")]
    public void Condition_that_limits_nothing_counts_as_none(string text) =>
        Assert.Contains(Read(text).Effects, effect => effect.Kind == EffectKind.DatabaseDeleteAll
        && effect.Level > RiskLevel.Low);

    [Theory]
    [InlineData("delete from invoices where id = 12")]
    [InlineData("delete from invoices where id in (3, 4)")]
    [InlineData("update invoices set paid = true where customer = 'acme' and year between 2020 and 2021")]
    [InlineData("update invoices i set paid = true from customers c where c.id = i.customer")]
    [InlineData("delete from invoices where 1 = 0")]
    [InlineData("update invoices set total = case when a then 1 else 2 end where id = 4")]
    [InlineData("create temp table w (id int); insert into w values (1); delete from w; drop table w")]
    [InlineData("drop temporary table w")]
    [InlineData("drop table #w")]
    [InlineData("explain delete from invoices")]
    [InlineData("explain (analyze off) delete from invoices")]
    [InlineData("select 'drop table invoices; --' as text")]
    [InlineData("select \"drop table invoices\" from t")]
    [InlineData("select 1 -- ; drop table invoices")]
    [InlineData("create table a (b int references c on delete cascade on update set null)")]
    [InlineData("select * from invoices for update")]
    [InlineData("insert into a values (1) on conflict (id) do update set b = 2")]
    [InlineData("insert into a values (1) on duplicate key update b = 2")]
    [InlineData("create view v as select deleted, truncated from t")]
    [InlineData("select truncate(1.234, 2), replace('drop', 'd', 'e')")]
    [InlineData("analyze invoices; vacuum invoices; show tables")]
    [InlineData("begin; update a set b = 1 where id = 2; commit")]
    [InlineData("select * from invoices \\p\n where number > 3;")]
    [InlineData("alter table invoices alter column total type numeric(9, 2) using total / 100")]
    [InlineData("insert into totals select id, sum(v) from invoices group by id on conflict (id) do update set v = "
        + "excluded.v")]
    [InlineData("\\d invoices\n\\timing on\nselect 1;")]
    public void Harmless_statement_asks_nobody(string text) =>
    Assert.DoesNotContain(Read(text).Effects, effect => effect.Level > RiskLevel.Low);

    [Theory]
    [InlineData("select 1 /*! ; drop table invoices */", SqlDialect.MySql, true)]
    [InlineData("drop /*!50110 table */ invoices", SqlDialect.MySql, true)]
    [InlineData("select 1 /*M! ; drop table invoices */", SqlDialect.MySql, true)]
    [InlineData("delete from invoices /*!99999 where id = 3 */", SqlDialect.MySql, true)]
    [InlineData("select 1 /*! ; drop table invoices */", SqlDialect.PostgreSql, false)]
    [InlineData("select 1 /* a /* b */ ; drop table invoices; */", SqlDialect.PostgreSql, false)]
    [InlineData("select 1 /* a /* b */ ; drop table invoices; -- */", SqlDialect.MySql, true)]
    [InlineData("select 'a\\'; drop table invoices; select 'b'", SqlDialect.PostgreSql, true)]
    [InlineData("select E'a\\'; drop table invoices; select b'", SqlDialect.PostgreSql, false)]
    [InlineData("select 'a\\''; drop table invoices; select 'b'", SqlDialect.MySql, true)]
    [InlineData("select 1 # ; drop table invoices", SqlDialect.MySql, false)]
    [InlineData("select 1 # ; drop table invoices", SqlDialect.PostgreSql, true)]
    [InlineData("select 5--1; drop table invoices", SqlDialect.MySql, true)]
    [InlineData("select 5--1; drop table invoices", SqlDialect.PostgreSql, false)]
    [InlineData("select $a$ ; drop table invoices; $a$", SqlDialect.PostgreSql, false)]
    [InlineData("select $a$ ; drop table invoices; $a$", SqlDialect.MySql, true)]
    [InlineData("select [; drop table invoices]", SqlDialect.TransactSql, false)]
    [InlineData("select q'[it's; drop table invoices]' from dual", SqlDialect.Oracle, false)]
    [InlineData("delimiter $$\nselect 1; $$\ndrop table invoices$$", SqlDialect.MySql, true)]
    [InlineData("\\'\n; drop table invoices;", SqlDialect.PostgreSql, true)]
    [InlineData("\\' ; drop table invoices;", SqlDialect.PostgreSql, false)]
    [InlineData("\\' ; drop table invoices;", SqlDialect.MySql, true)]
    [InlineData("select 1E'a\\'; drop table invoices; select 'x'", SqlDialect.PostgreSql, true)]
    [InlineData("--1 'x\n; drop table invoices", SqlDialect.MySql, true)]
    [InlineData("select 1\nfrom t\ngo\ndrop table invoices", SqlDialect.TransactSql, true)]
    [InlineData("delimiter //\n; drop table invoices; -- x", SqlDialect.Any, true)]
    [InlineData("\\echo a \\\\ drop table invoices;", SqlDialect.PostgreSql, true)]
    [InlineData("use shop drop table invoices", SqlDialect.TransactSql, true)]
    [InlineData("declare @s nvarchar(99) = N'drop table ' + N'invoices'; exec(@s)", SqlDialect.TransactSql, true)]
    [InlineData("set @s = concat('dr', 'op table invoices'); prepare p from @s; execute p", SqlDialect.MySql, true)]
    [InlineData("set @s = 'select 1'; prepare p from @s; execute p", SqlDialect.MySql, false)]
    [InlineData("prepare p as select 1; execute p", SqlDialect.PostgreSql, false)]
    public void Text_is_split_as_the_dialect_does(string text, SqlDialect dialect, bool stops) =>
    Assert.Equal(stops, Stops(text, dialect));

    [Theory]
    [InlineData("\\! ls /srv", SqlDialect.PostgreSql, "ls /srv")]
    [InlineData("\\o |sort -u", SqlDialect.PostgreSql, "sort -u")]
    [InlineData("\\copy t from program 'zcat x.gz'", SqlDialect.PostgreSql, "zcat x.gz")]
    [InlineData("copy t from program 'zcat x.gz'", SqlDialect.PostgreSql, "zcat x.gz")]
    [InlineData("system ls /srv", SqlDialect.MySql, "ls /srv")]
    [InlineData("pager sort -u", SqlDialect.MySql, "sort -u")]
    [InlineData(".shell ls /srv", SqlDialect.Sqlite, "ls /srv")]
    [InlineData("exec master..xp_cmdshell 'dir c:'", SqlDialect.TransactSql, "dir c:")]
    public void Shell_commands_inside_are_handed_out(string text, SqlDialect dialect, string command)
    {
        SqlReading reading = Read(text, dialect);
        Assert.Equal(command, Assert.Single(reading.ShellCommands).Text);
        Assert.Contains(reading.Effects, effect => effect.Kind == EffectKind.SessionEscape);
    }

    [Theory]
    [InlineData("\\i more.sql")]
    [InlineData("source more.sql")]
    [InlineData("select 'x' \\gexec")]
    [InlineData("\\set q 'drop table invoices'\n:q;")]
    [InlineData("edit")]
    public void Client_commands_that_run_what_is_not_seen_are_stopped(string text) => Assert.True(Stops(text));

    [Fact]
    public void Effect_names_tables_and_marks_the_statement()
    {
        const string Text = "select 1; drop table sales.invoices, \"Lines\";";
        Effect effect = Assert.Single(Read(Text, SqlDialect.PostgreSql).Effects);
        Assert.Equal(["sales.invoices", "Lines"], effect.Objects.Select(item => item.Text));
        Assert.Equal("drop table sales.invoices, \"Lines\"", Text.Substring(effect.Span.Start, effect.Span.Length));
        Assert.NotEqual(effect.Reason.En, effect.Reason.Zh);
    }

    [Fact]
    public void Effect_inside_a_dollar_quoted_body_marks_its_words()
    {
        const string Text = "do $x$ begin truncate invoices; end $x$";
        Effect effect = Assert.Single(Read(Text, SqlDialect.PostgreSql).Effects);
        Assert.Equal("truncate invoices", Text.Substring(effect.Span.Start, effect.Span.Length));
        Assert.Equal(["DO"], effect.Chain);
    }

    [Fact]
    public void Computed_part_of_dynamic_sql_is_kept_as_unknown()
    {
        IReadOnlyList<Effect> effects =
            Read("do $$ begin execute 'drop table ' || t; end $$", SqlDialect.PostgreSql).Effects;
        Assert.Contains(effects, effect => effect.Kind == EffectKind.DatabaseDrop && !effect.Objects[0].Known);
        Assert.Contains(effects, effect => effect.Kind == EffectKind.CodeOpaque);
    }

    [Theory]
    [InlineData("select 'abc")]
    [InlineData("select 1 /* abc")]
    [InlineData("select $q$ abc")]
    public void Text_that_ends_inside_a_quote_is_incomplete(string text) =>
    Assert.Equal(Completeness.Incomplete, Read(text, SqlDialect.PostgreSql).Completeness);

    [Property(MaxTest = 400)]
    public void Any_text_gets_an_answer(string? text, SqlDialect dialect) =>
    Assert.NotNull(Read(text ?? string.Empty, dialect).Effects);

    public static TheoryData<string> Repeated =>
    [
        "(", "select (", "delete from t where (", "with a as (", "delete from t ", "drop table t ", "begin ",
        "begin delete from t ", "not ", "1=1 or ", "'", "\"", "$a$", "/*", "/*!", "--\n",
        "do $$ ", "x || ", "[", "\\! ls\n", "update t set a = case when ", "exec('", ".", "a.", ",",
        "if x then delete from t ", "(with a as (delete from t) ", "@a", ";", "\\", "`", "q'[", "concat(",
        "set @a = concat(@a, @a);", "explain analyze ", "x is true is true ", "a between b and ",
        "prepare p as prepare p as ",
    ];

    [Theory]
    [MemberData(nameof(Repeated))]
    public void Repetition_takes_time_in_proportion(string piece)
    {
        foreach (string head in (string[])["", "delete from t where ", "begin "])
        {
            string text = new StringBuilder(head).Insert(head.Length, piece, 60_000 / piece.Length).ToString();
            long began = Stopwatch.GetTimestamp();
            Read(text);
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(4),
                $"`{head}{piece}…` took {Stopwatch.GetElapsedTime(began).TotalSeconds:F1} s");
        }
    }
}
