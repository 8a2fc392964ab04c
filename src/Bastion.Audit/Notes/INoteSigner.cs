namespace Bastion.Audit.Notes;

/// <summary>The key that signs checkpoints, wherever it lies: it signs, it is never read. Ed25519 (RFC 8032).</summary>
public interface INoteSigner
{
    /// <summary>Name and public key, as verifiers know it.</summary>
    NoteVerifierKey VerifierKey { get; }

    /// <summary>The 64-byte Ed25519 signature over <paramref name="message"/>.</summary>
    byte[] Sign(ReadOnlySpan<byte> message);
}
