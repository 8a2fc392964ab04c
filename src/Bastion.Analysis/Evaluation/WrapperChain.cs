namespace Bastion.Analysis.Evaluation;

/// <summary>The wrappers around what is being evaluated, outermost first: <c>sudo</c>, <c>ssh db01</c>, <c>bash
/// -c</c>.</summary>
internal sealed class WrapperChain
{
    private readonly List<string> _labels = [];
    private string[]? _snapshot = [];

    /// <summary>As it is now, to be kept with an effect.</summary>
    public IReadOnlyList<string> Snapshot => _snapshot ??= [.. _labels];

    /// <summary>One more wrapper until the result is disposed; none when there is no label.</summary>
    public Link Within(string? label)
    {
        if (label is null)
        {
            return default;
        }

        _labels.Add(label);
        _snapshot = null;
        return new Link(this);
    }

    private void RemoveLast()
    {
        _labels.RemoveAt(_labels.Count - 1);
        _snapshot = null;
    }

    internal readonly ref struct Link(WrapperChain? chain)
    {
        public void Dispose() => chain?.RemoveLast();
    }
}
