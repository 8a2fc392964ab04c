namespace Bastion.Analysis.Shell;

/// <summary>Lists that are filled while a tree is read and used again, so that each node keeps an array of just its
/// size.</summary>
internal struct ScratchLists<T>
{
    private Stack<List<T>>? _spare;

    public readonly List<T> Take() => _spare is not null && _spare.TryPop(out List<T>? list) ? list : new List<T>(8);

    /// <summary>What was put into the list, which must not be used afterwards.</summary>
    public T[] Finish(List<T> list)
    {
        T[] items = [.. list];
        Return(list);
        return items;
    }

    public void Return(List<T> list)
    {
        list.Clear();
        (_spare ??= new Stack<List<T>>()).Push(list);
    }
}
