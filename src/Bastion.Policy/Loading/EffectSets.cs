using Bastion.Policy.Syntax;
using Bastion.Policy.Values;

namespace Bastion.Policy.Loading;

/// <summary>Names for several effects: those of the policy, and the built-in `destructive`.</summary>
internal sealed class EffectSets
{
    private readonly Dictionary<string, IReadOnlyList<string>> _sets = new(StringComparer.Ordinal)
    {
        [EffectWords.DestructiveSet] = EffectWords.Destructive,
    };

    private readonly DiagnosticBag _found;

    public EffectSets(Declarations declared, DiagnosticBag found)
    {
        _found = found;

        // Each set sees only the built-in one, so that there are no circles and no order among sets.
        var own = new List<KeyValuePair<string, IReadOnlyList<string>>>();
        foreach (Declared set in declared["effect-sets"].Values)
        {
            if (set.Name == EffectWords.DestructiveSet)
            {
                found.Error(set.Location, "duplicate-name", $"the effect set `{set.Name}` is built in",
                    "choose another name");
            }
            else
            {
                own.Add(KeyValuePair.Create(set.Name, set.IsSound ? Resolve(set.Value) : []));
            }
        }

        foreach ((string? name, IReadOnlyList<string>? effects) in own)
        {
            _sets.Add(name, effects);
        }
    }

    /// <summary>Kinds and families, sets replaced by what is in them; sorted.</summary>
    public IReadOnlyList<string> Resolve(Node? node)
    {
        var effects = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ScalarNode word in SubjectBinder.Scalars(node))
        {
            if (word.Value == EffectWords.Everything || word.Value.Contains('.'))
            {
                effects.Add(word.Value);
            }
            else if (_sets.TryGetValue(word.Value, out IReadOnlyList<string>? set))
            {
                effects.UnionWith(set);
            }
            else
            {
                _found.Error(
                    word.Location, "missing-name", $"{word.Describe()} is neither an effect nor an effect set",
                    Suggestion.Help(word.Value, [.. _sets.Keys, .. EffectWords.Kinds]));
            }
        }

        return [.. effects];
    }
}
