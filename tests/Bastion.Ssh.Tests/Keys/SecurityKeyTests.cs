using System.Buffers.Binary;
using System.Security.Cryptography;
using Bastion.Ssh.Keys;

namespace Bastion.Ssh.Tests.Keys;

/// <summary>FIDO keys, with a software key in the authenticator's place (OpenSSH PROTOCOL.u2f).</summary>
public sealed class SecurityKeyTests
{
    private static readonly byte[] Message = "a message"u8.ToArray();

    [Theory]
    [InlineData("ed25519", 0x01, false)]
    [InlineData("ed25519", 0x05, true)]
    [InlineData("ecdsa256", 0x01, false)]
    [InlineData("ecdsa256", 0x05, true)]
    public void Assertion_with_the_person_present_is_verified(string inner, byte flags, bool userVerified)
    {
        SecurityKeyPublicKey key = Key(inner);
        byte[] signature = Sign(inner, key, flags, counter: 77);

        Assert.True(key.TryVerify(key.KeyType, Message, signature, out SecurityKeyAssertion assertion));
        Assert.Equal(new SecurityKeyAssertion(userVerified, 77), assertion);
        Assert.False(key.Verify(key.KeyType, [.. Message, 1], signature));
    }

    [Theory]
    [InlineData("ed25519", 0x00)]
    [InlineData("ed25519", 0x04)]
    [InlineData("ecdsa256", 0x00)]
    [InlineData("ecdsa256", 0x81)]
    public void Assertion_without_the_person_or_with_unknown_flags_is_refused(string inner, byte flags)
    {
        SecurityKeyPublicKey key = Key(inner);
        Assert.False(key.Verify(key.KeyType, Message, Sign(inner, key, flags, 1)));
    }

    [Fact]
    public void Counter_flags_and_application_are_all_signed()
    {
        SecurityKeyPublicKey key = Key("ed25519");
        byte[] signature = Sign("ed25519", key, 0x01, 5);
        byte[] otherCounter = [.. signature];
        otherCounter[^1] ^= 1;
        byte[] otherFlags = [.. signature];
        otherFlags[^5] = 0x05;

        Assert.False(key.Verify(key.KeyType, Message, otherCounter));
        Assert.False(key.Verify(key.KeyType, Message, otherFlags));
        Assert.False(Key("ed25519", "ssh:other").Verify(key.KeyType, Message, signature));
        Assert.False(key.Verify(key.KeyType, Message, [.. signature, 0]));
    }

    [Fact]
    public void Plain_signature_of_the_inner_key_is_refused()
    {
        SecurityKeyPublicKey key = Key("ed25519");
        using SshPrivateKey inner = TestKeys.Private("ed25519");
        Assert.False(key.Verify(key.KeyType, Message, inner.Sign("ssh-ed25519", Message)));
        Assert.False(key.Verify("ssh-ed25519", Message, inner.Sign("ssh-ed25519", Message)));
    }

    [Theory]
    [InlineData("ed25519", "sk-ssh-ed25519@openssh.com")]
    [InlineData("ecdsa256", "sk-ecdsa-sha2-nistp256@openssh.com")]
    public void Blob_survives_parsing(string inner, string type)
    {
        SecurityKeyPublicKey key = Key(inner);
        Assert.Equal(type, key.KeyType);
        Assert.Equal(key, SshPublicKey.Parse(key.Blob.Span));
        Assert.NotEqual<SshPublicKey>(key, TestKeys.Public(inner));
    }

    [Fact]
    public void Application_that_is_not_for_ssh_is_refused()
    {
        byte[] blob = PublicKeyTests.Blob(w =>
        {
            w.WriteString("sk-ssh-ed25519@openssh.com");
            w.WriteString(((Ed25519PublicKey)TestKeys.Public("ed25519")).Key);
            w.WriteString("https://example.com");
        });
        Assert.False(SshPublicKey.TryParse(blob, out _));
    }

    internal static SecurityKeyPublicKey Key(string inner, string application = "ssh:") =>
        new(TestKeys.Public(inner), application);

    internal static byte[] Sign(string inner, SecurityKeyPublicKey key, byte flags, uint counter,
        byte[]? message = null)
    {
        using SshPrivateKey software = TestKeys.Private(inner);
        byte[] signed = new byte[32 + 1 + 4 + 32];
        SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(key.Application)).CopyTo(signed, 0);
        signed[32] = flags;
        BinaryPrimitives.WriteUInt32BigEndian(signed.AsSpan(33), counter);
        SHA256.HashData(message ?? Message).CopyTo(signed, 37);
        string algorithm = software.PublicKey.KeyType;
        Assert.True(SignatureBlob.TryRead(software.Sign(algorithm, signed), algorithm, out ReadOnlySpan<byte> raw));
        byte[] rawBytes = raw.ToArray();
        return PublicKeyTests.Blob(w =>
        {
            w.WriteString(key.KeyType);
            w.WriteString(rawBytes);
            w.WriteByte(flags);
            w.WriteUInt32(counter);
        });
    }
}
