using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class ChangeFigures
{
    private const int MaxListed = 300;

    private static readonly string[] DrillWords = ["backup", "restore", "drill"];

    private readonly Newest<Change> policies = new(MaxListed);
    private readonly Newest<Change> administration = new(MaxListed);
    private readonly Newest<Change> keys = new(50);
    private readonly Newest<Change> gateway = new(100);
    private readonly Newest<Change> drills = new(100);
    private readonly Counts actions = new(maxNames: 256);
    private readonly Counts people = new();
    private long rejected;

    public IReadOnlyList<Change> Drills => drills.Items;

    public void Policy(ReadRecord record, bool loaded)
    {
        rejected += loaded ? 0 : 1;
        string? what = loaded
            ? record.Members.Text("version"u8)
            : string.Join("; ", record.Members.Texts("diagnostics"u8).Take(3));
        policies.Add(Of(record, loaded ? "policy.loaded" : "policy.rejected", record.Members.Text("by"u8), Short(what), null));
    }

    public void Administration(ReadRecord record)
    {
        string action = record.Members.Text("action"u8) ?? "";
        string? by = record.Members.Text("by"u8);
        Change change = Of(record, action, by, record.Members.Text("subject"u8), record.Members.Text("detail"u8));
        administration.Add(change);
        actions.Add(action);
        people.Add(by);
        if (DrillWords.Any(word => action.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            drills.Add(change);
        }
    }

    public void Key(ReadRecord record) =>
        keys.Add(Of(record, "journal.key-rotated", record.Members.Text("by"u8), record.Members.Text("newVerifierKey"u8), null));

    public void Gateway(ReadRecord record) => gateway.Add(Of(
        record, record.Entry.Kind, null, record.Members.Text("host"u8), record.Members.Text("version"u8) ?? record.Members.Text("reason"u8)));

    public ChangeSection Build() => new()
    {
        Policies = policies.Items,
        PolicyCount = policies.Total,
        RejectedPolicies = rejected,
        Administration = administration.Items,
        AdministrationCount = administration.Total,
        ByAction = actions.Top(),
        ByPerson = people.Top(),
        Keys = keys.Items,
        Gateway = gateway.Items,
    };

    private static Change Of(ReadRecord record, string action, string? by, string? subject, string? detail) =>
        new(record.Entry.Sequence, record.At, action, by, subject, Short(detail));

    private static string? Short(string? text) => text is { Length: > 200 } ? text[..200] + "\u2026" : text;
}
