namespace Bastion.Analysis.Evaluation;

/// <summary>
/// Collects effects: of the same kind from the same words the worst level stays, with all objects. What goes beyond a
/// limit is never forgotten, only its details are: one effect a kind and level, and one object, stand for all the rest
/// as computed ones.
/// </summary>
internal sealed class EffectSink
{
    /// <summary>More than anyone reads.</summary>
    private const int MaximumEffects = 512;

    private const int MaximumObjects = 64;

    /// <summary>Stands for the objects beyond the limit: a rule about any object must count it in.</summary>
    private const string Further = "…";

    private readonly Dictionary<(EffectKind, TextSpan, string?, int), int> _places = [];
    private readonly List<Effect> _effects = [];
    private readonly HashSet<(EffectKind, RiskLevel)> _beyond = [];

    public IReadOnlyList<Effect> Effects => _effects;

    /// <summary>False when so much was found that another effect of this kind and level would say nothing
    /// new.</summary>
    public bool Wants(EffectKind kind, RiskLevel level) =>
        _places.Count < MaximumEffects || !_beyond.Contains((kind, level));

    public void Add(Effect effect)
    {
        (EffectKind, TextSpan, string?, int) key =
            (effect.Kind, effect.Span, effect.Line?.Path, effect.Line?.Number ?? 0);
        if (_places.TryGetValue(key, out int place))
        {
            _effects[place] = Merge(_effects[place], effect);
            return;
        }

        if (_places.Count >= MaximumEffects)
        {
            if (_beyond.Add((effect.Kind, effect.Level)))
            {
                _effects.Add(effect with
                {
                    Objects = effect.Objects.Count == 0 ? [] : [effect.Objects[0], Rest(effect)],
                    Scope = EffectScope.Unknown,
                });
            }

            return;
        }

        _places[key] = _effects.Count;
        _effects.Add(effect);
    }

    private static Effect Merge(Effect a, Effect b)
    {
        (Effect? worse, Effect? other) = b.Level > a.Level ? (b, a) : (a, b);
        IReadOnlyList<EffectObject> objects = worse.Objects;
        if (other.Objects.Count > 0 && other.Objects.Any(one => !objects.Contains(one)))
        {
            objects = [.. objects.Concat(other.Objects).Distinct().Take(MaximumObjects + 1)];
            if (objects.Count > MaximumObjects)
            {
                objects = [.. objects.Take(MaximumObjects), Rest(other)];
            }
        }

        return worse with { Objects = objects, Scope = a.Scope > b.Scope ? a.Scope : b.Scope };
    }

    private static EffectObject Rest(Effect effect) => new(Further, effect.Objects[0].Kind, Known: false);
}
