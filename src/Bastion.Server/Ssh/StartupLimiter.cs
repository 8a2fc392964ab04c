using System.Net;
using System.Security.Cryptography;

namespace Bastion.Server.Ssh;

/// <summary>
/// Bounds connections that nobody has logged in on yet: all together with random early drop, as OpenSSH's MaxStartups,
/// and for each address. A connection holds its place until it is authenticated or gone.
/// </summary>
internal sealed class StartupLimiter
{
    /// <summary>From here on some are dropped at random, so that a flood cannot keep everyone else out for
    /// good.</summary>
    public const int DropFrom = 100;

    /// <summary>Percent dropped at <see cref="DropFrom"/>; grows to 100 at <see cref="DropAllFrom"/>.</summary>
    public const int DropPercent = 30;

    /// <summary>Each costs a key exchange and some 100 KB; 500 are what one core answers within the login
    /// grace.</summary>
    public const int DropAllFrom = 500;

    /// <summary>From one address: an automation host with forks of 50 logging in at once stays well below.</summary>
    public const int PerAddress = 128;

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _byAddress = [];

    public int Count { get; private set; }

    /// <summary>Null when this connection must be dropped. Disposing gives the place back, once.</summary>
    public IDisposable? TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            int ofAddress = _byAddress.GetValueOrDefault(address);
            if (ofAddress >= PerAddress || Drop())
            {
                return null;
            }

            _byAddress[address] = ofAddress + 1;
            Count++;
            return new Place(this, address);
        }
    }

    private bool Drop()
    {
        if (Count < DropFrom)
        {
            return false;
        }

        int percent = DropPercent + ((100 - DropPercent) * (Count - DropFrom) / (DropAllFrom - DropFrom));
        return Count >= DropAllFrom || RandomNumberGenerator.GetInt32(100) < percent;
    }

    private void Leave(IPAddress address)
    {
        lock (_lock)
        {
            Count--;
            if (--_byAddress[address] == 0)
            {
                _byAddress.Remove(address);
            }
        }
    }

    private sealed class Place(StartupLimiter limiter, IPAddress address) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                limiter.Leave(address);
            }
        }
    }
}
