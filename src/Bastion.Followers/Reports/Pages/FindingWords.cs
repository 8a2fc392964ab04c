using Bastion.Audit.Verification;

namespace Bastion.Followers.Reports.Pages;

/// <summary>What the verifier's findings mean, in Chinese. Its own sentence, which names records and sizes, stands
/// beside it as it is.</summary>
internal static class FindingWords
{
    public static string Chinese(FindingKind kind) => kind switch
    {
        FindingKind.RecordChanged => "记录内容或其哈希被改动",
        FindingKind.RecordsMissing => "中间缺少记录",
        FindingKind.RecordsReordered => "记录顺序被调换",
        FindingKind.RecordsNotAsSigned => "记录与签名时不一致，记录及其哈希被一并改动",
        FindingKind.SegmentMissing => "缺少日志分段文件",
        FindingKind.SegmentInconsistent => "分段与前一分段不连续",
        FindingKind.JournalTruncated => "已签名的末尾记录缺失，日志被截断或回滚",
        FindingKind.CheckpointInvalid => "检查点无法读取，或并非由有权密钥签名",
        FindingKind.CheckpointGoesBack => "检查点的记录数不再递增",
        FindingKind.Forked => "别处留存的检查点不属于此日志，日志被分叉或回滚",
        FindingKind.KeyMismatch => "签名密钥并非所信任的密钥",
        FindingKind.TileChanged => "已公布的哈希块与记录不符",
        FindingKind.RecordingChanged => "录像与封存时不一致",
        FindingKind.RecordingMissing => "缺少已封存的录像",
        FindingKind.RecordingKeyMissing => "录像密钥缺失，且无销毁记录",
        FindingKind.RecordingNotShredded => "录像密钥有销毁记录，但仍然存在",
        FindingKind.RecordingLocked => "未提供录像密钥，未查看录像内容",
        FindingKind.RecordingUnreadable => "录像字节与封存时一致，但无法解密",
        FindingKind.RecordingNotSealed => "会话已结束，但录像未封存",
        FindingKind.RecordingUnknown => "存在日志中没有的会话录像",
        FindingKind.ForeignFile => "日志目录中有不属于它的文件，或权限过宽",
        FindingKind.KeyNotPinned => "公钥取自该目录本身，未与另行保存的公钥核对",
        FindingKind.TornTail => "末尾有未确认的字节，下次启动时会记录并清除",
        FindingKind.UnsignedTail => "最新的记录尚无检查点",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "a finding without words"),
    };
}
