using Bastion.Ssh.Transport.Ciphers;

namespace Bastion.Ssh.Transport;

/// <summary>One step of a key exchange on its way out: a payload, then perhaps new keys, then perhaps the end of the
/// waiting.</summary>
internal readonly record struct KeyExchangeItem(
    byte[] Payload, PacketSealer? Sealer = null, bool ResetSequence = false, bool Unblocks = false);
