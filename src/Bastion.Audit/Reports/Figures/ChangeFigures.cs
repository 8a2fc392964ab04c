using Bastion.Audit.Reports.Reading;
using Bastion.Audit.Reports.Sections;

namespace Bastion.Audit.Reports.Figures;

internal sealed class ChangeFigures
{
    private const int MaximumListed = 300;

    private static readonly string[] DrillWords = ["backup", "restore", "drill"];

    private readonly Newest<Change> _policies = new(MaximumListed);
    private readonly Newest<Change> _administration = new(MaximumListed);
    private readonly Newest<Change> _keys = new(50);
    private readonly Newest<Change> _gateway = new(100);
    private readonly Newest<Change> _drills = new(100);
    private readonly Counts _actions = new(maximumNames: 256);
    private readonly Counts _people = new();
    private long _rejected;

    public IReadOnlyList<Change> Drills => _drills.Items;

    public void Policy(ReadRecord record, bool loaded)
    {
        _rejected += loaded ? 0 : 1;
        string? what = loaded
            ? record.Members.Text("version"u8)
            : string.Join("; ", record.Members.Texts("diagnostics"u8).Take(3));
        _policies.Add(
            Of(record, loaded ? "policy.loaded" : "policy.rejected", record.Members.Text("by"u8), Short(what), null));
    }

    public void Administration(ReadRecord record)
    {
        string action = record.Members.Text("action"u8) ?? "";
        string? by = record.Members.Text("by"u8);
        Change change = Of(record, action, by, record.Members.Text("subject"u8), record.Members.Text("detail"u8));
        _administration.Add(change);
        _actions.Add(action);
        _people.Add(by);
        if (DrillWords.Any(word => action.Contains(word, StringComparison.OrdinalIgnoreCase)))
        {
            _drills.Add(change);
        }
    }

    public void Key(ReadRecord record) =>
        _keys.Add(
        Of(record, "journal.key-rotated", record.Members.Text("by"u8), record.Members.Text("newVerifierKey"u8), null));

    public void Gateway(ReadRecord record) => _gateway.Add(Of(
        record, record.Entry.Kind, null, record.Members.Text("host"u8), record.Members.Text("version"u8)
            ?? record.Members.Text("reason"u8)));

    public ChangeSection Build() => new()
    {
        Policies = _policies.Items,
        PolicyCount = _policies.Total,
        RejectedPolicies = _rejected,
        Administration = _administration.Items,
        AdministrationCount = _administration.Total,
        ByAction = _actions.Top(),
        ByPerson = _people.Top(),
        Keys = _keys.Items,
        Gateway = _gateway.Items,
    };

    private static Change Of(ReadRecord record, string action, string? by, string? subject, string? detail) =>
        new(record.Entry.Sequence, record.At, action, by, subject, Short(detail));

    private static string? Short(string? text) => text is { Length: > 200 } ? text[..200] + "\u2026" : text;
}
