namespace Bastion.Analysis.Evaluation;

/// <summary>Keeps a counter raised until it is disposed: what is being evaluated lies inside something that the counter
/// stands for.</summary>
internal readonly ref struct Raised
{
    private readonly ref int _counter;
    private readonly int _by;

    public Raised(ref int counter, bool really = true)
    {
        _counter = ref counter;
        _by = really ? 1 : 0;
        counter += _by;
    }

    public void Dispose() => _counter -= _by;
}
