namespace Bastion.Followers.Shipping;

/// <summary>Hears how a shipper fares: for metrics, health, the journal and the log. Calls come from one
/// task.</summary>
internal interface IShippingObserver
{
    /// <summary>Nothing is left to ship.</summary>
    void CaughtUp(long position);

    /// <param name="position">The sequence of the first record that is not shipped.</param>
    /// <param name="oldest">When that record was written.</param>
    void Pending(long position, DateTimeOffset oldest);

    void Delivered(int records);

    void Succeeded(long position);

    void Failed(long position, string reason);

    void Parked(long position, IReadOnlyList<DeadLetter> letters);
}
