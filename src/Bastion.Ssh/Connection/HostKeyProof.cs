using System.Buffers;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Connection;

/// <summary>
/// OpenSSH's PROTOCOL section 2.5: after login a server names all its host keys ("hostkeys-00@openssh.com"), and a
/// client that wants to learn them asks for proof of possession ("hostkeys-prove-00@openssh.com").
/// </summary>
internal sealed class HostKeyProof(IReadOnlyList<ISshSigner> hostKeys, ITransport transport)
{
    /// <summary>Signing is work for a peer that may ask again and again: one proof per connection is under way at
    /// most.</summary>
    private Task _proving = Task.CompletedTask;

    /// <summary>Global request: string hostkeys[], each a public key blob.</summary>
    public byte[] Announcement()
    {
        var output = new ArrayBufferWriter<byte>();
        var writer = new SshWriter(output);
        foreach (ISshSigner key in hostKeys)
        {
            writer.WriteString(key.PublicKey.Blob.Span);
        }

        return ConnectionMessages.GlobalRequest(GlobalRequestNames.HostKeys, wantReply: false, output.WrittenSpan);
    }

    public void Answer(ReadOnlySpan<byte> wantedKeys, GlobalReplySlot slot, CancellationToken cancellationToken)
    {
        List<ISshSigner> wanted = [];
        var reader = new SshReader(wantedKeys);
        while (!reader.AtEnd)
        {
            if (!reader.TryReadString(out ReadOnlySpan<byte> blob) || Find(blob) is not { } key || wanted.Contains(key))
            {
                slot.Fill(success: false, default);
                return;
            }

            wanted.Add(key);
        }

        if (wanted.Count == 0 || !_proving.IsCompleted)
        {
            slot.Fill(success: false, default);
            return;
        }

        _proving = ProveAsync(wanted, slot, cancellationToken);
    }

    public Task StoppedAsync() => _proving;

    private ISshSigner? Find(ReadOnlySpan<byte> blob)
    {
        foreach (ISshSigner key in hostKeys)
        {
            if (key.PublicKey.Blob.Span.SequenceEqual(blob))
            {
                return key;
            }
        }

        return null;
    }

    /// <summary>Each signature is over string "hostkeys-prove-00@openssh.com", string session identifier, string
    /// hostkey.</summary>
    private async Task ProveAsync(List<ISshSigner> keys, GlobalReplySlot slot, CancellationToken cancellationToken)
    {
        // Off the receive loop: an RSA signature takes milliseconds.
        await Task.Yield();
        var reply = new ArrayBufferWriter<byte>();
        try
        {
            foreach (ISshSigner key in keys)
            {
                var data = new ArrayBufferWriter<byte>();
                var writer = new SshWriter(data);
                writer.WriteString(GlobalRequestNames.ProveHostKeys);
                writer.WriteString(transport.SessionId.Span);
                writer.WriteString(key.PublicKey.Blob.Span);
                byte[] signature = await key.SignAsync(
                    key.PublicKey.SignatureAlgorithms[0], data.WrittenMemory, cancellationToken);
                new SshWriter(reply).WriteString(signature);
            }

            slot.Fill(success: true, reply.WrittenSpan);
        }
        catch (Exception error)
            when (error is OperationCanceledException or System.Security.Cryptography.CryptographicException)
        {
            slot.Fill(success: false, default);
        }
    }
}
