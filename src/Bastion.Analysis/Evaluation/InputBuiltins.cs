using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Builtins that read standard input into variables. What they read is known when the input is, and nothing
/// has read from it before.</summary>
internal sealed class InputBuiltins(Evaluator evaluator)
{
    private readonly EvaluationSession _session = evaluator.Session;

    /// <summary>An array of more lines counts as computed.</summary>
    private const int MaximumLines = 256;

    /// <summary>The names hold something that is not known, or may still hold what they did.</summary>
    public static void Forget(ShellState state, params ReadOnlySpan<string> names)
    {
        foreach (string name in names)
        {
            state.Set(name, (state.Find(name) ?? new Variable("", Certain: false)) with
            {
                Certain = false,
                IsUnset = false,
            });
        }
    }

    public static void RunRead(Value[] fields, ShellState state, StandardInput input)
    {
        var reading = new ReadOptions(fields, "adinNptu");
        List<string> names = reading.Operands.ConvertAll(field => field.Text);
        Value? array = reading.Value('a');
        if (array is not null)
        {
            names = [array.Text];
        }

        string? line = reading.HasOnly("rspeia") && reading.Operands.TrueForAll(field => field.IsKnown)
            ? FirstLine(input, reading.Has('r'))
            : null;
        input.IsTouched = true;
        string? separators = state.Find("IFS") switch
        {
            null or { IsUnset: true } => " \t\n",
            { Certain: true } given => given.Text,
            _ => null,
        };
        if (line is null || separators is null || IsMixed(separators))
        {
            AssignAssumed(names, input, array is not null, state);
        }
        else if (array is not null)
        {
            AssignLines(array.Text, SplitLine(line, separators, int.MaxValue), certain: true, state);
        }
        else if (names.Count == 0)
        {
            state.Set("REPLY", new Variable(line, Certain: true));
        }
        else
        {
            List<string> values = SplitLine(line, separators, names.Count);
            for (int i = 0; i < names.Count; i++)
            {
                state.Set(names[i], new Variable(i < values.Count ? values[i] : "", Certain: true));
            }
        }
    }

    /// <summary>Without -r a backslash takes away itself and what the next character means.</summary>
    private static string? FirstLine(StandardInput input, bool raw)
    {
        if (input is not { Kind: InputKind.Known, IsTouched: false, Text: { } text })
        {
            return null;
        }

        int end = text.IndexOf('\n', StringComparison.Ordinal);
        string line = end < 0 ? text : text[..end];
        return line.Contains('\0', StringComparison.Ordinal) || (!raw && line.Contains('\\', StringComparison.Ordinal))
            ? null
            : line;
    }

    /// <summary>What would be read if it were the first line: the better guess.</summary>
    private static void AssignAssumed(List<string> names, StandardInput input, bool array, ShellState state)
    {
        string line = input.Text?.Split('\n')[0] ?? "";
        if (names.Count == 0)
        {
            names = ["REPLY"];
        }

        List<string> values = SplitLine(line, " \t", array ? int.MaxValue : names.Count);
        if (array)
        {
            AssignLines(names[0], values, certain: false, state);
        }

        for (int i = 0; i < names.Count && !array; i++)
        {
            state.Set(names[i], new Variable(i < values.Count ? values[i] : "", Certain: false));
        }
    }

    private static void AssignLines(string name, List<string> items, bool certain, ShellState state) =>
        state.Set(name, new Variable(items is [var first, ..]
        ? first
        : "", certain && items.Count <= MaximumLines, items.Count <= MaximumLines ? items : items[..MaximumLines]));

    private static bool IsMixed(string separators) =>
        separators.AsSpan().ContainsAny(" \t\n") && separators.AsSpan().ContainsAnyExcept(" \t\n");

    /// <summary>A line in at most so many parts; the last has all the rest.</summary>
    private static List<string> SplitLine(string line, string separators, int most)
    {
        var parts = new List<string>();
        bool blank = separators.AsSpan().ContainsAny(" \t\n");
        ReadOnlySpan<char> rest = blank ? line.AsSpan().Trim(separators) : line;
        while (rest.Length > 0)
        {
            int cut = rest.IndexOfAny(separators);
            // A separator at the very end ends the last part and begins none.
            bool ends = !blank && cut == rest.Length - 1;
            if (cut < 0 || (parts.Count == most - 1 && !ends))
            {
                parts.Add(rest.ToString());
                break;
            }

            parts.Add(rest[..cut].ToString());
            rest = blank ? rest[cut..].TrimStart(separators) : rest[(cut + 1)..];
        }

        return parts;
    }

    public void RunReadArray(Value[] fields, ShellState state, StandardInput input)
    {
        var reading = new ReadOptions(fields, "dnOsuCc");
        if (reading.Value('C') is { } callback)
        {
            evaluator.EvaluateText(callback, new ShellState(state), StandardInput.Inherited, fields[0].Text);
        }

        string name = reading.Operands is [var given, ..] ? given.Text : "MAPFILE";
        bool known = input is { Kind: InputKind.Known, IsTouched: false } && reading.HasOnly("t")
            && reading.Operands.TrueForAll(field => field.IsKnown);
        input.IsTouched = true;
        string text = input.Text ?? "";
        _session.Budget.Spend(text.Length);
        var lines = new List<string>();
        for (int start = 0; start < text.Length && lines.Count <= MaximumLines;)
        {
            int end = text.IndexOf('\n', start);
            int next = end < 0 ? text.Length : end + 1;
            lines.Add(text[start..(reading.Has('t') && end >= 0 ? end : next)]);
            start = next;
        }

        AssignLines(name, lines, known && !text.Contains('\0', StringComparison.Ordinal), state);
    }

    /// <summary>The options of a builtin as getopt reads them; what is computed among them makes them all
    /// uncertain.</summary>
    private sealed class ReadOptions
    {
        private readonly StringBuilder _letters = new();
        private readonly Dictionary<char, Value> _values = [];
        private readonly bool _known = true;

        public ReadOptions(Value[] fields, string takingValues)
        {
            int at = 1;
            for (; at < fields.Length && fields[at].Text is ['-', _, ..] text; at++)
            {
                _known &= fields[at].IsKnown;
                if (text == "--")
                {
                    at++;
                    break;
                }

                for (int i = 1; i < text.Length; i++)
                {
                    _letters.Append(text[i]);
                    if (!takingValues.Contains(text[i], StringComparison.Ordinal))
                    {
                        continue;
                    }

                    if (i + 1 < text.Length)
                    {
                        _values[text[i]] = fields[at].Tail(i + 1);
                    }
                    else if (at + 1 < fields.Length)
                    {
                        _values[text[i]] = fields[++at];
                    }

                    break;
                }
            }

            Operands = [.. fields.Skip(at)];
        }

        public List<Value> Operands { get; }

        public bool Has(char letter) => _letters.ToString().Contains(letter, StringComparison.Ordinal);

        public Value? Value(char letter) => _values.GetValueOrDefault(letter);

        public bool HasOnly(string allowed) =>
            _known && _letters.ToString().All(letter => allowed.Contains(letter, StringComparison.Ordinal));
    }
}
