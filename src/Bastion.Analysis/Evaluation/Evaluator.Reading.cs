using System.Text;

namespace Bastion.Analysis.Evaluation;

/// <summary>Builtins that read standard input into variables. What they read is known when the input is, and nothing has read from it before.</summary>
internal sealed partial class Evaluator
{
    /// <summary>An array of more lines counts as computed.</summary>
    private const int MaxLines = 256;

    /// <summary>The names hold something that is not known, or may still hold what they did.</summary>
    private static void Forget(ShellState state, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
            state.Set(name, (state.Find(name) ?? new Variable("", Certain: false)) with { Certain = false, IsUnset = false });
    }

    private static void RunRead(Value[] fields, ShellState state, StandardInput input)
    {
        var reading = new ReadOptions(fields, "adinNptu");
        var names = reading.Operands.ConvertAll(field => field.Text);
        var array = reading.Value('a');
        if (array is not null)
            names = [array.Text];
        var line = reading.HasOnly("rspeia") && reading.Operands.TrueForAll(field => field.IsKnown) ? FirstLine(input, reading.Has('r')) : null;
        input.IsTouched = true;
        var separators = state.Find("IFS") switch
        {
            null or { IsUnset: true } => " \t\n",
            { Certain: true } given => given.Text,
            _ => null,
        };
        if (line is null || separators is null || IsMixed(separators))
            AssignAssumed(names, input, array is not null, state);
        else if (array is not null)
            AssignLines(array.Text, SplitLine(line, separators, int.MaxValue), certain: true, state);
        else if (names.Count == 0)
            state.Set("REPLY", new Variable(line, Certain: true));
        else
        {
            var values = SplitLine(line, separators, names.Count);
            for (var i = 0; i < names.Count; i++)
                state.Set(names[i], new Variable(i < values.Count ? values[i] : "", Certain: true));
        }
    }

    /// <summary>Without -r a backslash takes away itself and what the next character means.</summary>
    private static string? FirstLine(StandardInput input, bool raw)
    {
        if (input is not { Kind: InputKind.Known, IsTouched: false, Text: { } text })
            return null;
        var end = text.IndexOf('\n', StringComparison.Ordinal);
        var line = end < 0 ? text : text[..end];
        return line.Contains('\0', StringComparison.Ordinal) || (!raw && line.Contains('\\', StringComparison.Ordinal)) ? null : line;
    }

    /// <summary>What would be read if it were the first line: the better guess.</summary>
    private static void AssignAssumed(List<string> names, StandardInput input, bool array, ShellState state)
    {
        var line = input.Text?.Split('\n')[0] ?? "";
        if (names.Count == 0)
            names = ["REPLY"];
        var values = SplitLine(line, " \t", array ? int.MaxValue : names.Count);
        if (array)
            AssignLines(names[0], values, certain: false, state);
        for (var i = 0; i < names.Count && !array; i++)
            state.Set(names[i], new Variable(i < values.Count ? values[i] : "", Certain: false));
    }

    private static void AssignLines(string name, List<string> items, bool certain, ShellState state) =>
        state.Set(name, new Variable(items is [var first, ..] ? first : "", certain && items.Count <= MaxLines, items.Count <= MaxLines ? items : items[..MaxLines]));

    private static bool IsMixed(string separators) => separators.AsSpan().ContainsAny(" \t\n") && separators.AsSpan().ContainsAnyExcept(" \t\n");

    /// <summary>A line in at most so many parts; the last has all the rest.</summary>
    private static List<string> SplitLine(string line, string separators, int most)
    {
        var parts = new List<string>();
        var blank = separators.AsSpan().ContainsAny(" \t\n");
        var rest = blank ? line.AsSpan().Trim(separators) : line;
        while (rest.Length > 0)
        {
            var cut = rest.IndexOfAny(separators);
            // A separator at the very end ends the last part and begins none.
            var ends = !blank && cut == rest.Length - 1;
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

    private void RunReadArray(Value[] fields, ShellState state, StandardInput input)
    {
        var reading = new ReadOptions(fields, "dnOsuCc");
        if (reading.Value('C') is { } callback)
            EvaluateText(callback, new ShellState(state), StandardInput.Inherited, fields[0].Text);
        var name = reading.Operands is [var given, ..] ? given.Text : "MAPFILE";
        var known = input is { Kind: InputKind.Known, IsTouched: false } && reading.HasOnly("t") && reading.Operands.TrueForAll(field => field.IsKnown);
        input.IsTouched = true;
        var text = input.Text ?? "";
        session.Spend(text.Length);
        var lines = new List<string>();
        for (var start = 0; start < text.Length && lines.Count <= MaxLines;)
        {
            var end = text.IndexOf('\n', start);
            var next = end < 0 ? text.Length : end + 1;
            lines.Add(text[start..(reading.Has('t') && end >= 0 ? end : next)]);
            start = next;
        }
        AssignLines(name, lines, known && !text.Contains('\0', StringComparison.Ordinal), state);
    }

    /// <summary>The options of a builtin as getopt reads them; what is computed among them makes them all uncertain.</summary>
    private sealed class ReadOptions
    {
        private readonly StringBuilder letters = new();
        private readonly Dictionary<char, Value> values = [];
        private readonly bool known = true;

        public ReadOptions(Value[] fields, string takingValues)
        {
            var at = 1;
            for (; at < fields.Length && fields[at].Text is ['-', _, ..] text; at++)
            {
                known &= fields[at].IsKnown;
                if (text == "--")
                {
                    at++;
                    break;
                }
                for (var i = 1; i < text.Length; i++)
                {
                    letters.Append(text[i]);
                    if (!takingValues.Contains(text[i], StringComparison.Ordinal))
                        continue;
                    if (i + 1 < text.Length)
                        values[text[i]] = fields[at].Tail(i + 1);
                    else if (at + 1 < fields.Length)
                        values[text[i]] = fields[++at];
                    break;
                }
            }
            Operands = [.. fields.Skip(at)];
        }

        public List<Value> Operands { get; }

        public bool Has(char letter) => letters.ToString().Contains(letter, StringComparison.Ordinal);

        public Value? Value(char letter) => values.GetValueOrDefault(letter);

        public bool HasOnly(string allowed) => known && letters.ToString().All(letter => allowed.Contains(letter, StringComparison.Ordinal));
    }
}
