namespace Bastion.Ssh.Connection;

/// <summary>
/// What the peer may still send on one channel (RFC 4254 section 5.2). Charged when data arrives, credited when it has
/// left us again; that is what bounds memory, whatever the peer does.
/// </summary>
internal struct ReceiveWindow
{
    /// <summary>Credits go out when a quarter of the window has gathered: few messages, and never a stall.</summary>
    private const int CreditDivisor = 4;

    private int _available;
    private int _consumed;

    public ReceiveWindow(int size)
    {
        Size = size;
        _available = size;
    }

    public int Size { get; }

    public readonly int Available => _available;

    /// <summary>False when the peer sent more than it may.</summary>
    public bool TryCharge(int count)
    {
        if (count > _available)
        {
            return false;
        }

        _available -= count;
        return true;
    }

    /// <summary>Returns the credit to announce now, or 0 to wait for more.</summary>
    public int Consume(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Size - _available - _consumed);
        _consumed += count;
        if (_consumed < Size / CreditDivisor)
        {
            return 0;
        }

        int credit = _consumed;
        _consumed = 0;
        _available += credit;
        return credit;
    }
}
