using System.Buffers;

namespace Bastion.Analysis.Evaluation;

/// <summary>Looks for characters that deceive the reader; they are never stripped, they raise the risk.</summary>
internal static class HiddenText
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c), '\n', '\t']);

    public static void Report(string text, EvaluationSession session)
    {
        int deceptive = -1;
        for (int i = 0; text.AsSpan(i).IndexOfAnyExcept(Plain) is >= 0 and var next; i++)
        {
            i += next;
            if (!Disguise.IsHidden(text[i]))
            {
                continue;
            }

            session.Notes.Add(new AnalysisNote(new TextSpan(i, 1), Reasons.Hidden));
            if (Disguise.IsDeceptive(text[i]))
            {
                deceptive = i;
                break;
            }

            if (session.Notes.Count > 16)
            {
                break;
            }
        }

        if (deceptive >= 0)
        {
            session.Sink.Add(new Effect(EffectKind.CodeOpaque, RiskLevel.High, [], EffectScope.Unknown,
                new TextSpan(deceptive, 1), Reasons.Hidden, []));
        }
    }
}
