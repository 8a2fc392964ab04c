using System.Text;
using Bastion.Analysis;
using Bastion.Analysis.Terminal;
using Bastion.Audit.Records;
using Bastion.Policy;

namespace Bastion.Control.Gating.Intents;

/// <summary>A line of an observed shell, as its terminal showed it when the key that submits it was pressed.</summary>
public sealed class ShellLineIntent(ObservedLine line, IntentContext context)
    : Intent(Encoding.UTF8.GetBytes(line.Text), context)
{
    public override string Origin => "line";

    public override Certainty Certainty => Certainty.Observed;

    internal override PolicyAction Action => PolicyAction.Shell;

    internal override ShellKind Shell => ShellKind.Observed;

    internal override byte[] Distinction => [(byte)ShellKind.Observed];

    public override string Describe() => Text;

    internal override IntentReading Read(Analyzer analyzer) => IntentReading.OfObserved(this, line, analyzer);

    private protected override Intent CopyWith(IntentContext context) => new ShellLineIntent(line, context);
}
