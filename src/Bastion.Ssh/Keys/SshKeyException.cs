namespace Bastion.Ssh.Keys;

/// <summary>A key, certificate or key file that cannot be used; the message says why in one line and holds no
/// secret.</summary>
public sealed class SshKeyException(string message, Exception? inner = null) : Exception(message, inner);
