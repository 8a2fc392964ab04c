using System.Buffers;
using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Looks for characters that deceive the reader; they are never stripped, they raise the risk.</summary>
internal static class HiddenText
{
    // More of them say nothing new.
    private const int MaximumNotes = 16;

    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (char)c), '\n', '\t']);

    public static void Report(string text, EvaluationSession session)
    {
        int position = text.AsSpan().IndexOfAnyExcept(Plain);
        while (position >= 0 && position < text.Length && session.Notes.Count <= MaximumNotes)
        {
            bool paired = Rune.TryGetRuneAt(text, position, out Rune rune);
            int length = paired ? rune.Utf16SequenceLength : 1;
            if (!paired || (HiddenCharacters.IsHidden(rune) && rune.Value is not ('\n' or '\t')))
            {
                var span = new TextSpan(position, length);
                session.Notes.Add(new AnalysisNote(span, Reasons.Hidden));
                if (paired && HiddenCharacters.Deceives(rune))
                {
                    session.Sink.Add(new Effect(EffectKind.CodeOpaque, RiskLevel.High, [], EffectScope.Unknown, span,
                        Reasons.Hidden, []));
                    return;
                }
            }

            int next = text.AsSpan(position + length).IndexOfAnyExcept(Plain);
            position = next < 0 ? -1 : position + length + next;
        }
    }
}
