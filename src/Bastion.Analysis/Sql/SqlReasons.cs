namespace Bastion.Analysis.Sql;

/// <summary>The sentences an approver reads about SQL.</summary>
internal static class SqlReasons
{
    public static readonly Reason DropTable = new("drops a table with all its rows", "删除整张表及其全部数据");
    public static readonly Reason DropTablespace = new("removes storage that holds data", "移除存放数据的存储空间");
    public static readonly Reason DropOwned = new("drops everything these roles own", "删除这些角色拥有的全部对象");
    public static readonly Reason DropAccount = new("removes a database account", "删除数据库账号");
    public static readonly Reason DropReplicationSlot =
        new("drops a replication slot: the standby or backup it feeds cannot follow any more", "删除复制槽：依赖它的备库或备份将无法继续");
    public static readonly Reason DropCascade =
        new("drops an object and everything that depends on it", "删除对象及所有依赖它的内容");
    public static readonly Reason DropDefinition = new("drops a definition", "删除一个定义");
    public static readonly Reason DropBackup = new("deletes backups or their history", "删除备份或备份历史");
    public static readonly Reason Truncate = new("empties the table at once", "一次清空整张表");
    public static readonly Reason DeleteAll = new("deletes every row: there is no WHERE", "没有 WHERE：删除所有行");
    public static readonly Reason DeleteAlwaysTrue =
        new("deletes every row: the WHERE is always true", "WHERE 恒为真：删除所有行");
    public static readonly Reason DeleteMost =
        new("deletes all rows but a few: the WHERE leaves out little", "WHERE 几乎不限制：删除绝大部分行");
    public static readonly Reason UpdateAll = new("changes every row: there is no WHERE", "没有 WHERE：修改所有行");
    public static readonly Reason UpdateAlwaysTrue =
        new("changes every row: the WHERE is always true", "WHERE 恒为真：修改所有行");
    public static readonly Reason MergeDelete = new("deletes rows in a MERGE", "MERGE 中删除行");
    public static readonly Reason Overwrite = new("replaces the rows that are there", "覆盖已有的数据");
    public static readonly Reason Alter = new("changes a definition", "修改定义");
    public static readonly Reason DropColumn = new("drops part of a table with its data", "删除表的一部分及其数据");
    public static readonly Reason ReplaceColumn =
        new("gives every row the same value in a column: what stood there is lost", "将某列在所有行中改为同一个值：原有内容丢失");
    public static readonly Reason UpsertSelf =
        new("overwrites every row with a changed copy of itself", "用改动后的副本覆盖所有行");
    public static readonly Reason DropPartition = new("drops or empties a partition with its rows", "删除或清空分区及其数据");
    public static readonly Reason DiscardTablespace = new("throws away the table's data file", "丢弃表的数据文件");
    public static readonly Reason ExchangePartition = new("swaps a partition with another table's rows", "与另一张表交换分区数据");
    public static readonly Reason Blackhole = new("moves the table to an engine that keeps no rows", "改用不保存数据的存储引擎");
    public static readonly Reason ReplaceTable = new("replaces a table: its rows are lost", "替换整张表：原有数据丢失");
    public static readonly Reason AlterAccount = new("changes a database account", "修改数据库账号");
    public static readonly Reason CreateAccount = new("creates a database account", "创建数据库账号");
    public static readonly Reason Grant = new("gives rights in the database", "授予数据库权限");
    public static readonly Reason GrantWide = new("gives far-reaching rights in the database", "授予范围很大的数据库权限");
    public static readonly Reason Revoke = new("takes rights in the database away", "收回数据库权限");
    public static readonly Reason Reassign = new("gives everything a role owns to another", "把某角色拥有的全部对象转给他人");
    public static readonly Reason OtherAccount = new("goes on as another database account", "切换为另一个数据库账号");
    public static readonly Reason CreateCode = new("creates code that the database runs", "创建由数据库执行的代码");
    public static readonly Reason ReplaceCode = new("replaces code that the database runs", "替换由数据库执行的代码");
    public static readonly Reason NativeCode =
        new("loads a program or library into the database server", "向数据库服务器加载程序或库");
    public static readonly Reason CreateEvent = new("has the database run something later", "让数据库稍后执行操作");
    public static readonly Reason OtherLanguage = new("runs code in a language that is not read here", "运行无法在此解析的语言代码");
    public static readonly Reason StoredCode =
        new("runs stored code whose content is not known here", "运行内容未知的存储过程或语句");
    public static readonly Reason DynamicSql = new("runs a text that is put together at run time", "执行运行时拼接的语句");
    public static readonly Reason ResultRuns = new("runs the result of the query as statements", "把查询结果当作语句执行");
    public static readonly Reason NestedTooDeep = new("code nested too deeply to be read", "代码嵌套过深，无法解析");
    public static readonly Reason TooLong = new("too long to be read", "内容过长，无法解析");
    public static readonly Reason GlobalSetting = new("changes a setting of the whole server", "修改整个服务器的设置");
    public static readonly Reason AuditChange =
        new("changes or empties what records the acts in the database", "改动或清除数据库的审计记录");
    public static readonly Reason BinaryLogs =
        new("deletes logs that recovery to a point in time needs", "删除按时间点恢复所需的日志");
    public static readonly Reason Purge = new("removes for good what could still be restored", "彻底清除仍可恢复的内容");
    public static readonly Reason Shutdown = new("stops the database server", "停止数据库服务");
    public static readonly Reason StopReplica = new("stops replication", "停止复制");
    public static readonly Reason ChangeReplication = new("changes where the replica follows from", "更改复制来源");
    public static readonly Reason LargeObject = new("deletes large objects", "删除大对象");
    public static readonly Reason Flashback = new("puts the database back to an earlier time", "将数据库恢复到较早的时间点");
    public static readonly Reason ServerRead = new("reads a file into a table", "将文件内容读入表中");
    public static readonly Reason DatabaseOffline = new("takes a database out of service", "使数据库停止服务");
    public static readonly Reason Detach = new("takes a table out of the database", "把表从数据库中移除");
    public static readonly Reason KillSession = new("ends sessions of other people", "终止他人的会话");
    public static readonly Reason Restore = new("overwrites the database with a backup", "用备份覆盖现有数据库");
    public static readonly Reason Export = new("writes data out of the database", "把数据导出数据库");
    public static readonly Reason ServerFile =
        new("writes or changes a file on the database server", "在数据库服务器上写入或改动文件");
    public static readonly Reason ServerProgram = new("runs a program on the database server", "在数据库服务器上运行程序");
    public static readonly Reason ClientShell =
        new("runs a shell command from the database client", "从数据库客户端运行 shell 命令");
    public static readonly Reason ClientEditor = new("opens an editor from the database client", "从数据库客户端打开编辑器");
    public static readonly Reason ClientScript = new("runs the statements of a file that was not read", "执行未读取的文件中的语句");
    public static readonly Reason ClientFile = new("writes a file from the database client", "从数据库客户端写文件");

    public static Reason DropDatabase(string kind) =>
        new($"drops a whole {kind.ToLowerInvariant()} with everything in it", "删除整个数据库（或模式）及其全部内容");
}
