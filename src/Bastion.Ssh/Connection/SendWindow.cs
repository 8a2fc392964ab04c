namespace Bastion.Ssh.Connection;

/// <summary>What the peer lets us send on one channel. 0xFFFFFFFF is a legal size; growing beyond it is not.</summary>
internal struct SendWindow(uint size)
{
    private uint _available = size;

    public readonly uint Available => _available;

    /// <summary>RFC 4254 section 5.2: the window must not be increased above 2^32 - 1 bytes.</summary>
    public bool TryGrow(uint count)
    {
        if (count > uint.MaxValue - _available)
        {
            return false;
        }

        _available += count;
        return true;
    }

    public int Take(int wanted)
    {
        int granted = (int)Math.Min((uint)wanted, _available);
        _available -= (uint)granted;
        return granted;
    }
}
