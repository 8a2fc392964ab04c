using Bastion.Analysis;
using Bastion.Audit.Records;
using Bastion.Control.Evidence;
using Bastion.Policy;

namespace Bastion.Control.Gating.Intents;

/// <summary>One SFTP operation on a path.</summary>
/// <param name="packet">The SFTP packet from its type byte on.</param>
public sealed class FileIntent(FileOperation operation, ReadOnlySpan<byte> packet, IntentContext context)
    : Intent(packet, context)
{
    public FileOperation Operation { get; } = operation;

    public override string Origin => "sftp";

    internal override PolicyAction Action => Operation.Kind switch
    {
        FileOperationKind.OpenRead => PolicyAction.SftpRead,
        FileOperationKind.Remove or FileOperationKind.RemoveDirectory => PolicyAction.SftpDelete,
        FileOperationKind.OpenWrite or FileOperationKind.OpenTruncate or FileOperationKind.MakeDirectory
            or FileOperationKind.Rename or FileOperationKind.SetAttributes or FileOperationKind.Truncate
            or FileOperationKind.SymbolicLink or FileOperationKind.HardLink => PolicyAction.SftpWrite,
    };

    internal override IReadOnlyList<string> Paths =>
        Operation.NewPath is { } to ? [Operation.Path, to] : [Operation.Path];

    public override string Describe() => Operation.NewPath is { } to
        ? $"sftp {Operation.Kind.Verb()} {Operation.Path} -> {to}"
        : $"sftp {Operation.Kind.Verb()} {Operation.Path}";

    internal override IntentReading Read(Analyzer analyzer) =>
        new(analyzer.AnalyzeFileOperation(Operation).Effects);

    internal override AuditRecord Record(IntentDecision decision) => CommandRecords.File(this, decision);

    private protected override Intent CopyWith(IntentContext context) =>
        new FileIntent(Operation, Bytes.Span, context);
}
