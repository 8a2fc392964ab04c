using System.Globalization;
using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>Brace expansion (bash): <c>a{b,c}d</c>, <c>{1..3}</c>, <c>{a..e..2}</c>, before all other
/// expansions.</summary>
internal static class BraceExpansion
{
    /// <summary>`{1..1000}{1..1000}` is a million words: beyond this the word is left as it is and counts as
    /// computed.</summary>
    private const int MaximumWords = 1024;

    /// <summary>The words it stands for; null when they are too many.</summary>
    public static List<Word>? Expand(Word word)
    {
        List<WordPart> atoms = Atoms(word);
        List<List<WordPart>>? results = ExpandAtoms(atoms, 0);
        return results?.ConvertAll(list => new Word(word.Start, word.End, new PartList([.. Join(list)])));
    }

    /// <summary>Nearly no word has braces; the others need not be looked at closer.</summary>
    public static bool MayExpand(Word word)
    {
        bool open = false, separator = false;
        foreach (WordPart part in word.Parts)
        {
            if (part is not Literal literal)
            {
                continue;
            }

            open |= literal.Text.Contains('{', StringComparison.Ordinal);
            separator |= literal.Text.Contains(',', StringComparison.Ordinal)
                || literal.Text.Contains("..", StringComparison.Ordinal);
        }

        return open && separator;
    }

    /// <summary>Literal parts cut so that each brace and comma is a part of its own and can be matched among the
    /// others.</summary>
    private static List<WordPart> Atoms(Word word)
    {
        var atoms = new List<WordPart>();
        foreach (WordPart part in word.Parts)
        {
            if (part is Literal literal)
            {
                for (int from = 0; from < literal.Text.Length;)
                {
                    int run = literal.Text.AsSpan(from).IndexOfAny('{', '}', ',');
                    int end = run < 0 ? literal.Text.Length : from + Math.Max(run, 1);
                    atoms.Add(new Literal(literal.Start + from, literal.Start + end, literal.Text[from..end]));
                    from = end;
                }
            }
            else
            {
                atoms.Add(part);
            }
        }

        return atoms;
    }

    private static List<List<WordPart>>? ExpandAtoms(List<WordPart> atoms, int depth)
    {
        if (depth > ShellLimits.MaximumDepth)
        {
            return null;
        }

        for (int i = 0; i < atoms.Count; i++)
        {
            if (!Is(atoms[i], '{') || (i > 0 && atoms[i - 1] is Literal { Text: [.., '$'] }))
            {
                continue;
            }

            List<List<WordPart>>? alternatives = Alternatives(atoms, i, out int close);
            if (alternatives is null)
            {
                if (close < 0)
                {
                    break;
                }

                continue;
            }

            return Combine(atoms[..i], alternatives, atoms[(close + 1)..], depth);
        }

        return [atoms];
    }

    private static List<List<WordPart>>? Combine(List<WordPart> before, List<List<WordPart>> alternatives,
        List<WordPart> after, int depth)
    {
        List<List<WordPart>>? tails = ExpandAtoms(after, depth + 1);
        if (tails is null)
        {
            return null;
        }

        var results = new List<List<WordPart>>();
        foreach (List<WordPart> alternative in alternatives)
        {
            List<List<WordPart>>? heads = ExpandAtoms(alternative, depth + 1);
            if (heads is null || (results.Count + ((long)heads.Count * tails.Count)) > MaximumWords)
            {
                return null;
            }

            foreach (List<WordPart> head in heads)
            {
                results.AddRange(tails.Select(tail => (List<WordPart>)[.. before, .. head, .. tail]));
            }
        }

        return results;
    }

    /// <summary>What stands between the brace at <paramref name="open"/> and its partner, split at commas or counted
    /// out; null when it is no list.</summary>
    private static List<List<WordPart>>? Alternatives(List<WordPart> atoms, int open, out int close)
    {
        int level = 0;
        int from = open + 1;
        List<List<WordPart>>? pieces = null;
        for (close = open + 1; close < atoms.Count; close++)
        {
            if (Is(atoms[close], '{'))
            {
                level++;
            }
            else if (Is(atoms[close], '}') && level-- == 0)
            {
                if (pieces is null)
                {
                    return Sequence(atoms[from..close]);
                }

                pieces.Add(atoms[from..close]);
                return pieces;
            }
            else if (level == 0 && Is(atoms[close], ','))
            {
                (pieces ??= []).Add(atoms[from..close]);
                from = close + 1;
            }
        }

        close = -1;
        return null;
    }

    private static List<List<WordPart>>? Sequence(List<WordPart> atoms)
    {
        if (atoms.Count == 0 || atoms.Exists(atom => atom is not Literal))
        {
            return null;
        }

        string[] parts = string.Concat(atoms.Select(atom => ((Literal)atom).Text)).Split("..");
        if (parts.Length is not (2 or 3))
        {
            return null;
        }

        long step = 1L;
        if (parts.Length == 3
            && !long.TryParse(parts[2], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out step))
        {
            return null;
        }

        step = Math.Max(1, step == long.MinValue ? long.MaxValue : Math.Abs(step));
        (int start, int end) = (atoms[0].Start, atoms[^1].End);
        if (long.TryParse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long first)
            && long.TryParse(parts[1], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long last))
        {
            int width = parts.Take(2).Any(part => part.TrimStart('-') is ['0', _, ..])
                ? Math.Max(parts[0].Length, parts[1].Length)
                : 0;
            return Count(first, last, step, n => n.ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));
        }

        return parts[0].Length == 1 && parts[1].Length == 1 && char.IsAsciiLetter(parts[0][0])
            && char.IsAsciiLetter(parts[1][0])
            ? Count(parts[0][0], parts[1][0], step, n => ((char)n).ToString())
            : null;

        List<List<WordPart>>? Count(long from, long to, long by, Func<long, string> text)
        {
            var found = new List<List<WordPart>>();
            for (long n = from; from <= to ? n <= to : n >= to; n += from <= to ? by : -by)
            {
                if (found.Count == MaximumWords)
                {
                    break;
                }

                found.Add([new Literal(start, end, text(n))]);
            }

            return found;
        }
    }

    private static List<WordPart> Join(List<WordPart> atoms)
    {
        var joined = new List<WordPart>(atoms.Count);
        for (int i = 0; i < atoms.Count;)
        {
            int end = i + 1;
            if (atoms[i] is ParameterExpansion && end < atoms.Count && IsNameGrown(atoms[i], atoms[end]))
            {
                // `{$x,y}z` is `$xz yz`: the shell looks for names only after this expansion.
                joined.Add(new ParameterExpansion(atoms[i].Start, atoms[end].End, ""));
                i = end + 1;
                continue;
            }

            while (atoms[i] is Literal && end < atoms.Count && atoms[end] is Literal next
                && atoms[end - 1].End == next.Start)
            {
                end++;
            }

            joined.Add(end == i + 1 ? atoms[i] : new Literal(atoms[i].Start, atoms[end - 1].End,
                string.Concat(atoms[i..end].Select(atom => ((Literal)atom).Text))));
            i = end;
        }

        return joined;
    }

    private static bool IsNameGrown(WordPart part, WordPart next) =>
        part is ParameterExpansion { Subscript: null, Operator: "", Length: false, Indirect: false } name
        && name.End - name.Start == name.Name.Length + 1
        && char.IsAsciiLetter(name.Name.FirstOrDefault()) && next is Literal { Text: [var first, ..] }
        && next.Start != name.End && (char.IsAsciiLetterOrDigit(first) || first == '_');

    private static bool Is(WordPart part, char c) => part is Literal { Text: [var only] } && only == c;
}
