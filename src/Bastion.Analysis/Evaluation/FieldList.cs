using Bastion.Analysis.Shell;

namespace Bastion.Analysis.Evaluation;

/// <summary>The fields a word falls into while its unquoted expansions are split (XCU 2.6.5).</summary>
internal readonly record struct FieldList(Expander Expander, Word Word, ValueBuilder Current, List<Value> Into)
{
    private const string DefaultSeparators = " \t\n";

    /// <summary>Ends the field that is being put together, if there is any of it.</summary>
    public void Finish()
    {
        Expander.SpendField(Current.Length);
        if (Current.Exists)
        {
            Into.Add(Expander.Build(Current, Word));
        }

        Current.Clear();
    }

    /// <summary>Without quotes each value is split once more: <c>set -- 'rm -rf x'; $@</c>.</summary>
    public void AppendSplit(Value[] values, ShellState state)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                Finish();
            }

            AppendSplit(values[i].Text, values[i].IsKnown, state);
        }
    }

    /// <summary>Each value stays as it is: <c>"$@"</c>.</summary>
    public void AppendSeparately(Value[] values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (i > 0)
            {
                Finish();
            }

            Current.Append(values[i]);
            Current.Exists = true;
        }
    }

    /// <summary>Splits a result; a computed one stays whole.</summary>
    public void AppendSplit(string text, bool known, ShellState state)
    {
        if (!known)
        {
            Current.AppendUnknown(text);
            return;
        }

        Current.HasGlob |= Value.MayMatchNames(text);
        string separators = DefaultSeparators;
        if (state.Find("IFS") is { IsUnset: false } given)
        {
            separators = given.Text;
            if (!given.Certain)
            {
                Current.AppendUnknown(text);
                return;
            }
        }

        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!separators.Contains(text[i], StringComparison.Ordinal))
            {
                continue;
            }

            Current.Append(text[start..i]);
            // Blanks, then at most one other separator and more blanks, end one field; only the other one ends an empty
            // field.
            for (bool hard = false; i < text.Length && separators.Contains(text[i], StringComparison.Ordinal)
                && (IsBlank(text[i]) || !hard); i++)
            {
                hard |= !IsBlank(text[i]);
                Current.Exists |= hard;
            }

            Finish();
            start = i--;
        }

        Current.Append(text[start..]);
    }

    private static bool IsBlank(char c) => c is ' ' or '\t' or '\n';
}
