namespace Bastion.Ssh.Wire;

/// <summary>
/// RFC 4251 section 5: comma-separated US-ASCII names, read where they lie. A peer may send names by the ten thousand,
/// so nothing is copied out of the list.
/// </summary>
internal readonly ref struct NameList(ReadOnlySpan<byte> raw)
{
    public ReadOnlySpan<byte> Raw { get; } = raw;

    /// <summary>The first name, or empty.</summary>
    public ReadOnlySpan<byte> First
    {
        get
        {
            int comma = Raw.IndexOf((byte)',');
            return comma < 0 ? Raw : Raw[..comma];
        }
    }

    public bool Contains(ReadOnlySpan<byte> name)
    {
        foreach (Range range in Raw.Split((byte)','))
        {
            if (Raw[range].SequenceEqual(name))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>The first name of this list that is also in <paramref name="other"/>; empty when there is
    /// none.</summary>
    public ReadOnlySpan<byte> FirstIn(NameList other)
    {
        foreach (Range range in Raw.Split((byte)','))
        {
            ReadOnlySpan<byte> name = Raw[range];
            if (!name.IsEmpty && other.Contains(name))
            {
                return name;
            }
        }

        return default;
    }
}
