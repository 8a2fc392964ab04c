using System.Buffers;
using System.Security.Cryptography;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;
using FsCheck;
using FsCheck.Xunit;

namespace Bastion.Ssh.Tests.Transport;

/// <summary>The packet layer alone: what it makes of lies, damage and cuts, under every cipher and MAC.</summary>
public sealed class PacketCodecTests
{
    public static TheoryData<string, string> Protections => TransportRoundTripTests.Protections;

    [Theory]
    [MemberData(nameof(Protections))]
    public void A_wrong_bit_in_any_byte_never_yields_a_payload(string cipher, string mac)
    {
        byte[] good = Sealed(cipher, mac, [94, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
        for (int i = 0; i < good.Length; i++)
        {
            byte[] damaged = [.. good];
            damaged[i] ^= 0x10;
            SshDisconnectException? end = null;
            bool decoded = false;
            try
            {
                decoded = Decode(cipher, mac, damaged, out _);
            }
            catch (SshDisconnectException error)
            {
                end = error;
            }

            Assert.False(decoded, $"byte {i} was changed and nobody saw it");
            if (i >= 4)
            {
                Assert.Equal(DisconnectReason.MacError, end?.Reason);
            }
            else
            {
                // A changed length is impossible, over the limit, wrong under the MAC, or waits for more.
                Assert.True(end is null or { Reason: DisconnectReason.ProtocolError or DisconnectReason.MacError });
            }
        }
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public void A_packet_that_comes_again_or_out_of_order_is_not_taken(string cipher, string mac)
    {
        using PacketDecoder decoder = NewDecoder(cipher, mac);
        using PacketEncoder encoder = NewEncoder(cipher, mac);
        var first = new ArrayBufferWriter<byte>();
        encoder.Encode(first, [94, 1], default);
        var sequence = new ReadOnlySequence<byte>([.. first.WrittenSpan, .. first.WrittenSpan]);
        Assert.True(decoder.TryDecode(ref sequence, out _));

        AssertNoPayload(decoder, sequence);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(5u)]
    [InlineData(11u)]
    [InlineData(13u)]
    [InlineData(35_004u)]
    [InlineData(0x7FFF_FFFCu)]
    [InlineData(0xFFFF_FFFCu)]
    public void A_length_that_cannot_be_ends_the_connection_before_more_is_read(uint length)
    {
        using var decoder = new PacketDecoder();
        byte[] packet = [(byte)(length >> 24), (byte)(length >> 16), (byte)(length >> 8), (byte)length];
        var sequence = new ReadOnlySequence<byte>(packet);

        SshDisconnectException end =
            Assert.Throws<SshDisconnectException>(() => decoder.TryDecode(ref sequence, out _));
        Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(255)]
    public void Padding_that_cannot_be_ends_the_connection(byte padding)
    {
        using var decoder = new PacketDecoder();
        byte[] packet = [0, 0, 0, 12, padding, 94, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        var sequence = new ReadOnlySequence<byte>(packet);

        SshDisconnectException end =
            Assert.Throws<SshDisconnectException>(() => decoder.TryDecode(ref sequence, out _));
        Assert.Equal(DisconnectReason.ProtocolError, end.Reason);
    }

    [Fact]
    public void Sequence_numbers_wrap()
    {
        // A whole wrap is 2^32 packets; the MAC's number is what matters, so both ends are set just before it.
        byte[] key = new byte[32];
        using var mac = new PacketMac(HashAlgorithmName.SHA256, key, 32);
        byte[] last = new byte[32];
        byte[] first = new byte[32];
        mac.Compute(uint.MaxValue, [1], default, last);
        mac.Compute(unchecked(uint.MaxValue + 1), [1], default, first);

        Assert.True(mac.Verify(0, [1], default, first));
        Assert.False(mac.Verify(0, [1], default, last));
    }

    [Fact]
    public void An_idle_decoder_holds_no_memory_of_what_it_decoded()
    {
        using PacketDecoder decoder = NewDecoder("aes128-gcm@openssh.com", "");
        var sequence = new ReadOnlySequence<byte>(Sealed("aes128-gcm@openssh.com", "", [94, 7, 7, 7, 7]));
        Assert.True(decoder.TryDecode(ref sequence, out ReadOnlyMemory<byte> payload));
        decoder.ReleaseBuffer();

        Assert.True(payload.Span.IndexOfAnyExcept((byte)0) < 0, "the plain text was left in the pool");
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public void Encoding_and_decoding_allocate_nothing(string cipher, string mac)
    {
        using PacketEncoder encoder = NewEncoder(cipher, mac);
        using PacketDecoder decoder = NewDecoder(cipher, mac);
        byte[] body = new byte[32 * 1024];
        var output = new ArrayBufferWriter<byte>(64 * 1024);
        for (int i = 0; i < 40; i++)
        {
            RoundTrip();
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
        {
            RoundTrip();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void RoundTrip()
        {
            output.ResetWrittenCount();
            encoder.Encode(output, [94, 0, 0, 0, 0, 0, 0, 0x80, 0], body);
            var sequence = new ReadOnlySequence<byte>(output.WrittenMemory);
            Assert.True(decoder.TryDecode(ref sequence, out _));
        }
    }

    /// <summary>Noise, whole and cut short, under every protection: an end or a wait for more, nothing else.</summary>
    [Property(MaxTest = 300)]
    public void Noise_never_yields_a_payload(byte[] noise, NonNegativeInt choice)
    {
        string[][] protections = [.. Protections.Select(row => row.Cast<string>().ToArray())];
        string[] chosen = protections[choice.Get % protections.Length];
        using PacketDecoder decoder = NewDecoder(chosen[0], chosen[1]);

        AssertNoPayload(decoder, new ReadOnlySequence<byte>(noise));
    }

    /// <summary>A good stream with one byte changed: all that comes before the change arrives, nothing after
    /// it.</summary>
    [Property(MaxTest = 200)]
    public void What_arrives_is_a_prefix_of_what_was_sent(NonNegativeInt choice, NonNegativeInt position, byte change,
    byte[][] payloads)
    {
        string[][] protections = [.. Protections.Select(row => row.Cast<string>().ToArray())];
        string[] chosen = protections[choice.Get % protections.Length];
        using PacketEncoder encoder = NewEncoder(chosen[0], chosen[1]);
        using PacketDecoder decoder = NewDecoder(chosen[0], chosen[1]);
        var output = new ArrayBufferWriter<byte>();
        foreach (byte[] payload in payloads)
        {
            encoder.Encode(output, [94], payload);
        }

        byte[] stream = output.WrittenSpan.ToArray();
        int changed = stream.Length > 0 ? position.Get % stream.Length : 0;
        if (stream.Length > 0)
        {
            stream[changed] ^= change;
        }

        var sequence = new ReadOnlySequence<byte>(stream);
        int arrived = 0;
        try
        {
            while (decoder.TryDecode(ref sequence, out ReadOnlyMemory<byte> payload))
            {
                Assert.Equal(payloads[arrived], payload[1..].ToArray());
                arrived++;
                Assert.True(change == 0 || stream.Length - sequence.Length <= changed, "a changed packet was taken");
            }
        }
        catch (SshDisconnectException)
        {
            Assert.NotEqual(0, change);
        }

        Assert.True(change != 0 || arrived == payloads.Length);
    }

    private static void AssertNoPayload(PacketDecoder decoder, ReadOnlySequence<byte> sequence)
    {
        try
        {
            Assert.False(decoder.TryDecode(ref sequence, out _));
        }
        catch (SshDisconnectException error)
        {
            Assert.True(error.Reason is DisconnectReason.MacError or DisconnectReason.ProtocolError);
        }
    }

    private static byte[] Sealed(string cipher, string mac, byte[] payload)
    {
        using PacketEncoder encoder = NewEncoder(cipher, mac);
        var output = new ArrayBufferWriter<byte>();
        encoder.Encode(output, payload, default);
        return output.WrittenSpan.ToArray();
    }

    private static bool Decode(string cipher, string mac, byte[] stream, out byte[] payload)
    {
        using PacketDecoder decoder = NewDecoder(cipher, mac);
        var sequence = new ReadOnlySequence<byte>(stream);
        bool decoded = decoder.TryDecode(ref sequence, out ReadOnlyMemory<byte> found);
        payload = found.ToArray();
        return decoded;
    }

    private static PacketEncoder NewEncoder(string cipher, string mac)
    {
        CipherAlgorithm algorithm = CipherAlgorithm.Find(cipher)!;
        var encoder = new PacketEncoder();
        encoder.ChangeKeys(algorithm.CreateSealer(KeysFor(algorithm), MacAlgorithm.Find(mac)), resetSequence: true);
        return encoder;
    }

    private static PacketDecoder NewDecoder(string cipher, string mac)
    {
        CipherAlgorithm algorithm = CipherAlgorithm.Find(cipher)!;
        var decoder = new PacketDecoder();
        decoder.ChangeKeys(algorithm.CreateOpener(KeysFor(algorithm), MacAlgorithm.Find(mac)), resetSequence: true);
        return decoder;
    }

    private static PacketKeys KeysFor(CipherAlgorithm algorithm) => new(
        Counted(16), Counted(algorithm.KeyBytes), Counted(64));

    private static byte[] Counted(int length) => [.. Enumerable.Range(1, length).Select(i => (byte)i)];
}
