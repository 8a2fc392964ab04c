namespace Bastion.Ssh.Keys;

/// <summary>A private key, wherever it lies: it signs, it is never read.</summary>
public interface ISshSigner
{
    SshPublicKey PublicKey { get; }

    /// <summary>Returns the signature blob (string algorithm, string signature) over <paramref name="data"/>.</summary>
    /// <exception cref="ArgumentException">An algorithm that is not among the public key's.</exception>
    ValueTask<byte[]> SignAsync(string algorithm, ReadOnlyMemory<byte> data, CancellationToken cancellationToken);
}
