namespace Bastion.Policy.Evaluation;

/// <summary>A fixed set of small numbers: rules or grants by index. Intersections cost one `and` for 64 of
/// them.</summary>
internal readonly struct BitSet(int capacity)
{
    public ulong[] Words { get; } = new ulong[(capacity + 63) / 64];

    public void Add(int index) => Words[index >> 6] |= 1UL << (index & 63);

    public void UnionWith(BitSet other)
    {
        for (int i = 0; i < Words.Length; i++)
        {
            Words[i] |= other.Words[i];
        }
    }
}
