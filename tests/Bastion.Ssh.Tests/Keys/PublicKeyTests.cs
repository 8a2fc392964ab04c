using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Wire;
using FsCheck.Xunit;

namespace Bastion.Ssh.Tests.Keys;

public sealed class PublicKeyTests
{
    private static readonly byte[] Message = "a message"u8.ToArray();

    [Theory]
    [InlineData("ed25519", "ssh-ed25519")]
    [InlineData("ecdsa256", "ecdsa-sha2-nistp256")]
    [InlineData("ecdsa384", "ecdsa-sha2-nistp384")]
    [InlineData("ecdsa521", "ecdsa-sha2-nistp521")]
    [InlineData("rsa2048", "ssh-rsa")]
    [InlineData("rsa3072", "ssh-rsa")]
    public void Public_key_reads_as_written_and_has_the_fingerprint_of_ssh_keygen(string name, string type)
    {
        SshPublicKey key = TestKeys.Public(name);

        Assert.Equal(type, key.KeyType);
        Assert.StartsWith(key.ToString(), TestKeys.Text(name + ".pub"), StringComparison.Ordinal);
        Assert.Contains($"{key.Fingerprint} test {name} ", TestKeys.Text("fingerprints"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa256")]
    [InlineData("ecdsa384")]
    [InlineData("ecdsa521")]
    [InlineData("rsa2048")]
    [InlineData("rsa3072")]
    public void Signature_holds_for_its_message_and_algorithm_only(string name)
    {
        using SshPrivateKey key = TestKeys.Private(name);
        SshPublicKey publicKey = TestKeys.Public(name);
        foreach (string algorithm in publicKey.SignatureAlgorithms)
        {
            byte[] signature = key.Sign(algorithm, Message);

            Assert.True(publicKey.Verify(algorithm, Message, signature));
            Assert.False(publicKey.Verify(algorithm, [.. Message, 0], signature));
            Assert.False(publicKey.Verify("ssh-rsa", Message, signature));
            Assert.False(
                publicKey.Verify(algorithm == "rsa-sha2-256" ? "rsa-sha2-512" : "rsa-sha2-256", Message, signature));
            Assert.False(publicKey.Verify(algorithm, Message, [.. signature, 0]));
            Assert.False(publicKey.Verify(algorithm, Message, signature.AsSpan(0, signature.Length - 1)));
        }
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa256")]
    [InlineData("rsa2048")]
    public void Signature_with_any_byte_changed_is_refused(string name)
    {
        using SshPrivateKey key = TestKeys.Private(name);
        string algorithm = key.PublicKey.SignatureAlgorithms[0];
        byte[] signature = key.Sign(algorithm, Message);
        for (int index = 0; index < signature.Length; index++)
        {
            signature[index] ^= 0x40;
            Assert.False(key.PublicKey.Verify(algorithm, Message, signature), $"byte {index}");
            signature[index] ^= 0x40;
        }
    }

    [Fact]
    public void Ed25519_signature_with_S_above_the_group_order_is_refused()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        byte[] signature = key.Sign("ssh-ed25519", Message);
        // S + L satisfies the same equation: a second signature made from the first without the key (RFC 8032 section
        // 8.4).
        byte[] order = Convert.FromHexString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
        Span<byte> s = signature.AsSpan(signature.Length - 32);
        int carry = 0;
        for (int index = 0; index < 32; index++)
        {
            int sum = s[index] + order[index] + carry;
            s[index] = (byte)sum;
            carry = sum >> 8;
        }

        Assert.False(key.PublicKey.Verify("ssh-ed25519", Message, signature));
    }

    [Fact]
    public void Ecdsa_numbers_with_superfluous_zeros_or_negative_are_refused()
    {
        using SshPrivateKey key = TestKeys.Private("ecdsa256");
        ReadNumbers(key.Sign("ecdsa-sha2-nistp256", Message), out byte[] r, out byte[] s);

        Assert.True(key.PublicKey.Verify("ecdsa-sha2-nistp256", Message, EcdsaSignature(Minimal(r), Minimal(s))));
        Assert.False(key.PublicKey.Verify("ecdsa-sha2-nistp256", Message, EcdsaSignature([0, 0, .. r], Minimal(s))));
        Assert.False(key.PublicKey.Verify("ecdsa-sha2-nistp256", Message, EcdsaSignature(Minimal(r), [0x80, .. s])));
        Assert.False(key.PublicKey.Verify("ecdsa-sha2-nistp256", Message, EcdsaSignature([], Minimal(s))));
        Assert.False(key.PublicKey.Verify("ecdsa-sha2-nistp256", Message, EcdsaSignature([0], [0])));
    }

    [Fact]
    public void Rsa_signature_without_its_leading_zero_is_taken_as_PuTTY_sends_it()
    {
        using SshPrivateKey key = TestKeys.Private("rsa2048");
        byte[] signature = [];
        byte[] message = new byte[4];
        // About one in 256 begins with a zero byte; which message does it is fixed, since PKCS#1 v1.5 signs without
        // chance.
        const int RawStart = 4 + 12 + 4;
        for (int attempt = 0; signature.Length == 0 || signature[RawStart] != 0; attempt++)
        {
            Assert.True(attempt < 10_000);
            BitConverter.TryWriteBytes(message, attempt);
            signature = key.Sign("rsa-sha2-256", message);
        }

        Assert.True(key.PublicKey.Verify("rsa-sha2-256", message,
            SignatureBlob.Write("rsa-sha2-256", signature.AsSpan(RawStart + 1))));
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")] // order 4
    [InlineData("0100000000000000000000000000000000000000000000000000000000000000")] // the neutral element
    [InlineData("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")] // order 8
    [InlineData("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f")] // not reduced
    [InlineData("0200000000000000000000000000000000000000000000000000000000000000")] // not on the curve
    public void Ed25519_point_that_is_not_of_prime_order_is_refused(string hex)
    {
        Assert.False(SshPublicKey.TryParse(
            Blob(w => { w.WriteString("ssh-ed25519"); w.WriteString(Convert.FromHexString(hex)); }), out _));
    }

    [Fact]
    public void Ecdsa_point_off_the_curve_or_compressed_is_refused()
    {
        byte[] point = ((EcdsaPublicKey)TestKeys.Public("ecdsa256")).Point;
        byte[] off = [.. point];
        off[^1] ^= 1;

        Assert.True(SshPublicKey.TryParse(Ecdsa("nistp256", point), out _));
        Assert.False(SshPublicKey.TryParse(Ecdsa("nistp256", off), out _));
        Assert.False(SshPublicKey.TryParse(Ecdsa("nistp384", point), out _));
        Assert.False(SshPublicKey.TryParse(Ecdsa("nistp256", [(byte)(2 + (point[^1] & 1)), .. point[1..33]]), out _));
        Assert.False(SshPublicKey.TryParse(Ecdsa("nistp256", [0]), out _));

        static byte[] Ecdsa(string curve, byte[] q) =>
            Blob(w => { w.WriteString("ecdsa-sha2-nistp256"); w.WriteString(curve); w.WriteString(q); });
    }

    [Fact]
    public void Rsa_of_1024_bits_or_with_a_bad_exponent_is_refused()
    {
        using var small = RSA.Create(1024);
        RSAParameters weak = small.ExportParameters(false);
        Assert.False(SshPublicKey.TryParse(Rsa(weak.Exponent!, weak.Modulus!), out _));

        using var good = RSA.Create(2048);
        byte[] modulus = good.ExportParameters(false).Modulus!;
        Assert.True(SshPublicKey.TryParse(Rsa([1, 0, 1], modulus), out _));
        Assert.False(SshPublicKey.TryParse(Rsa([1], modulus), out _));
        Assert.False(SshPublicKey.TryParse(Rsa([1, 0, 0], modulus), out _));
        Assert.False(SshPublicKey.TryParse(Rsa([1, 0, 0, 0, 0, 0, 0, 0, 1], modulus), out _));

        byte[] huge = new byte[2049];
        Array.Fill(huge, (byte)0xff);
        Assert.False(SshPublicKey.TryParse(Rsa([1, 0, 1], huge), out _));

        static byte[] Rsa(byte[] e, byte[] n) =>
            Blob(w => { w.WriteString("ssh-rsa"); w.WriteMpInt(e); w.WriteMpInt(n); });
    }

    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa384")]
    [InlineData("rsa2048")]
    public void Blob_cut_anywhere_or_with_a_byte_behind_is_refused(string name)
    {
        byte[] blob = TestKeys.Public(name).Blob.ToArray();
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.False(SshPublicKey.TryParse(blob.AsSpan(0, length), out _), $"cut at {length}");
        }

        Assert.False(SshPublicKey.TryParse([.. blob, 0], out _));
    }

    [Property(MaxTest = 500)]
    public bool Any_bytes_are_refused_or_are_a_key_that_writes_the_same_bytes(byte[] bytes) =>
        !SshPublicKey.TryParse(bytes, out SshPublicKey? key) || key.Blob.Span.SequenceEqual(bytes);

    [Theory]
    [InlineData("", "expected `type base64")]
    [InlineData("ssh-ed25519 !!!", "expected `type base64")]
    [InlineData("ssh-dss AAAAB3NzaC1kc3M=", "not a public key of a kind that is taken: `ssh-dss`")]
    public void Text_that_is_no_key_says_so(string line, string expected)
    {
        SshKeyException failure = Assert.Throws<SshKeyException>(() => SshPublicKey.ParseText(line));
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_naming_another_type_than_its_blob_is_refused()
    {
        string line = TestKeys.Public("ed25519").ToString().Replace("ssh-ed25519", "ssh-rsa", StringComparison.Ordinal);
        Assert.Contains("the line says `ssh-rsa`",
            Assert.Throws<SshKeyException>(() => SshPublicKey.ParseText(line)).Message, StringComparison.Ordinal);
    }

    internal static byte[] Blob(Action<SshBlobWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(new SshBlobWriter(output));
        return output.WrittenSpan.ToArray();
    }

    private static void ReadNumbers(byte[] blob, out byte[] r, out byte[] s)
    {
        Assert.True(SignatureBlob.TryRead(blob, "ecdsa-sha2-nistp256", out ReadOnlySpan<byte> raw));
        var reader = new SshReader(raw);
        Assert.True(MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> first));
        Assert.True(MpInt.TryReadPositive(ref reader, out ReadOnlySpan<byte> second));
        r = first.ToArray();
        s = second.ToArray();
    }

    private static byte[] Minimal(byte[] magnitude) => magnitude[0] >= 0x80 ? [0, .. magnitude] : magnitude;

    private static byte[] EcdsaSignature(byte[] r, byte[] s) =>
        SignatureBlob.Write("ecdsa-sha2-nistp256", Blob(w => { w.WriteString(r); w.WriteString(s); }));
}

/// <summary>SshWriter is a ref struct and cannot go into a delegate; this can.</summary>
internal sealed class SshBlobWriter(ArrayBufferWriter<byte> output)
{
    public void WriteByte(byte value) => new SshWriter(output).WriteByte(value);

    public void WriteBoolean(bool value) => new SshWriter(output).WriteBoolean(value);

    public void WriteUInt32(uint value) => new SshWriter(output).WriteUInt32(value);

    public void WriteUInt64(ulong value) => new SshWriter(output).WriteUInt64(value);

    public void WriteBytes(ReadOnlySpan<byte> value) => new SshWriter(output).WriteBytes(value);

    public void WriteString(ReadOnlySpan<byte> value) => new SshWriter(output).WriteString(value);

    public void WriteString(string value) => new SshWriter(output).WriteString(value);

    public void WriteMpInt(ReadOnlySpan<byte> value) => new SshWriter(output).WriteMpInt(value);
}
