namespace Bastion.Analysis.Evaluation;

/// <summary>Collects effects: of the same kind from the same words the worst level stays, with all objects.</summary>
internal sealed class EffectSink
{
    /// <summary>More than anyone reads; a script that does more is worth its worst ones only.</summary>
    private const int MaxEffects = 512;

    private const int MaxObjects = 64;

    private readonly Dictionary<(EffectKind, TextSpan), int> places = [];
    private readonly List<Effect> effects = [];

    public IReadOnlyList<Effect> Effects => effects;

    public int Count => effects.Count;

    /// <summary>False when so much was found that another effect of this level would not be kept.</summary>
    public bool Wants(RiskLevel level) => effects.Count < MaxEffects || level > effects[^1].Level;

    public void Add(Effect effect)
    {
        if (places.TryGetValue((effect.Kind, effect.Span), out var place))
        {
            effects[place] = Merge(effects[place], effect);
            return;
        }
        if (effects.Count >= MaxEffects)
        {
            // Of those beyond the limit the worst must still decide.
            var worst = effects[^1];
            if (effect.Level > worst.Level)
                effects[^1] = effect;
            return;
        }
        places[(effect.Kind, effect.Span)] = effects.Count;
        effects.Add(effect);
    }

    private static Effect Merge(Effect a, Effect b)
    {
        var (worse, other) = b.Level > a.Level ? (b, a) : (a, b);
        var objects = worse.Objects;
        if (other.Objects.Count > 0 && objects.Count < MaxObjects && other.Objects.Any(one => !objects.Contains(one)))
            objects = [.. objects.Concat(other.Objects).Distinct().Take(MaxObjects)];
        return worse with { Objects = objects, Scope = a.Scope > b.Scope ? a.Scope : b.Scope };
    }
}
