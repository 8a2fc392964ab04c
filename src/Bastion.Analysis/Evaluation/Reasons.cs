namespace Bastion.Analysis.Evaluation;

/// <summary>The sentences of effects that the catalogue does not word itself.</summary>
internal static class Reasons
{
    public static readonly Reason ComputedCommand =
        new("what is run here is computed only when it runs", "此处执行的命令在运行时才能确定");
    public static readonly Reason ComputedText = new("runs text that is computed only when it runs", "执行的文本在运行时才能确定");
    public static readonly Reason StandardInput =
        new("runs what comes on its standard input, which cannot be seen from here", "执行来自标准输入的内容，此处无法看到");
    public static readonly Reason Session =
        new("opens a session whose commands cannot be seen from here", "打开一个无法看到其中命令的会话");
    public static readonly Reason UnseenScript =
        new("runs a script whose content has not been looked at", "运行未经查看内容的脚本");
    public static readonly Reason MadeScript =
        new("runs a file that the same text fetched or wrote", "运行同一文本刚刚下载或写入的文件");
    public static readonly Reason InlineCode =
        new("runs an inline program, of which only part can be read", "运行内联程序，只能读懂其中一部分");
    public static readonly Reason MovedAway =
        new("moves {objects} to where things are cleared away by themselves", "把 {objects} 移到会被自动清理的位置");
    public static readonly Reason Budget = new("takes too long to follow: not everything was read", "展开过于庞大，未能全部读取");
    public static readonly Reason Unread = new("cannot be read as shell text from here on", "从此处起无法按 Shell 语法解读");
    public static readonly Reason ForkBomb =
        new("starts itself again and again until the host has no processes left", "不断自我复制直至耗尽主机进程");
    public static readonly Reason History =
        new("repeats or edits a command of the history, which cannot be seen from here", "重复或修改历史命令，此处无法看到");
    public static readonly Reason Hidden = new("contains characters that hide or disguise what is run", "含有隐藏或伪装命令的字符");
    public static readonly Reason NetworkDevice =
        new("sends or reads data over a network connection of the shell", "通过 Shell 的网络连接收发数据");

    public static Reason For(EffectKind kind) => kind switch
    {
        EffectKind.FileDelete => new("deletes {objects}", "删除 {objects}"),
        EffectKind.FileOverwrite => new("overwrites {objects}", "覆盖 {objects}"),
        EffectKind.DiskWipe => new("destroys what is on {objects}", "清除 {objects} 上的数据"),
        EffectKind.DiskFormat => new("formats {objects}", "格式化 {objects}"),
        EffectKind.VolumeDestroy => new("destroys the volume {objects}", "销毁卷 {objects}"),
        EffectKind.BackupDestroy => new("destroys the backup {objects}", "销毁备份 {objects}"),
        EffectKind.DatabaseDrop => new("drops {objects}", "删除数据库对象 {objects}"),
        EffectKind.DatabaseTruncate => new("empties {objects}", "清空 {objects}"),
        EffectKind.DatabaseDeleteAll => new("deletes every row of {objects}", "删除 {objects} 的全部行"),
        EffectKind.DatabaseUpdateAll => new("changes every row of {objects}", "修改 {objects} 的全部行"),
        EffectKind.DatabaseAlter => new("alters {objects}", "更改 {objects} 的结构"),
        EffectKind.DatabaseGrant => new("changes rights in the database", "更改数据库权限"),
        EffectKind.DatabaseProgram => new("runs code inside the database", "在数据库内执行代码"),
        EffectKind.ServiceStop => new("stops {objects}", "停止 {objects}"),
        EffectKind.ServiceRestart => new("restarts {objects}", "重启 {objects}"),
        EffectKind.HostShutdown => new("shuts down or restarts the host", "关闭或重启主机"),
        EffectKind.ProcessKill => new("kills {objects}", "终止进程 {objects}"),
        EffectKind.ContainerDestroy => new("removes {objects}", "删除容器资源 {objects}"),
        EffectKind.ClusterDelete => new("deletes {objects} from the cluster", "从集群中删除 {objects}"),
        EffectKind.CloudDestroy => new("destroys cloud resources {objects}", "销毁云资源 {objects}"),
        EffectKind.RepositoryRewrite => new("rewrites or discards history or changes {objects}", "改写或丢弃版本历史 {objects}"),
        EffectKind.IdentityChange => new("changes accounts or credentials {objects}", "更改账户或凭据 {objects}"),
        EffectKind.PermissionChange => new("changes permissions of {objects}", "更改 {objects} 的权限"),
        EffectKind.NetworkFilter => new("changes the network or its filter {objects}", "更改网络或防火墙 {objects}"),
        EffectKind.KernelChange => new("changes the kernel {objects}", "更改内核 {objects}"),
        EffectKind.ScheduleCreate => new("arranges for something to run later {objects}", "安排稍后执行 {objects}"),
        EffectKind.AuditTamper => new("removes or silences evidence {objects}", "清除或关闭审计证据 {objects}"),
        EffectKind.PrivilegeRaise => new("acts with other rights {objects}", "以其他权限执行 {objects}"),
        EffectKind.DataExport => new("sends data elsewhere {objects}", "向外传送数据 {objects}"),
        EffectKind.SecretRead => new("reads secrets from {objects}", "读取 {objects} 中的机密"),
        EffectKind.SessionEscape => Session,
        _ => ComputedText,
    };

    /// <summary>With the objects put in, the program named.</summary>
    public static Reason Fill(Reason reason, IReadOnlyList<EffectObject> objects, string program)
    {
        if (!reason.En.Contains('{', StringComparison.Ordinal) && !reason.Zh.Contains('{', StringComparison.Ordinal))
        {
            return reason;
        }

        // A reason is one line on a phone.
        const int maximumShown = 3;
        string shown = string.Join(", ", objects.Take(maximumShown)
            .Select(one => one.Text.Length > 0 ? one.Text : "''"))
            + (objects.Count > maximumShown ? $" (+{objects.Count - maximumShown})" : "");
        return new Reason(Put(reason.En), Put(reason.Zh));

        string Put(string text) => text
            .Replace("{objects}", shown, StringComparison.Ordinal)
            .Replace("{operands}", shown, StringComparison.Ordinal)
            .Replace("{program}", program, StringComparison.Ordinal).Replace("  ", " ", StringComparison.Ordinal)
            .Trim();
    }
}
