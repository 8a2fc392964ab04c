using System.Security.Cryptography;
using Bastion.Ssh.Transport;

namespace Bastion.Ssh.Tests.Transport;

public sealed class TransportRoundTripTests
{
    private const byte ChannelData = 94;

    public static TheoryData<string> Methods => [.. SshAlgorithms.ForClient.KeyExchange];

    public static TheoryData<string, string> Protections
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string cipher in SshAlgorithms.ForClient.Cipher)
            {
                foreach (string mac in cipher.EndsWith("ctr", StringComparison.Ordinal)
                    ? SshAlgorithms.ForClient.Mac
                    : [""])
                {
                    data.Add(cipher, mac);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public async Task Every_key_exchange_method_agrees_on_keys(string method)
    {
        await using TransportFixture pair = await TransportFixture.StartAsync(
            TransportFixture.Algorithms with { KeyExchange = [method] });
        await pair.EnterConnectionPhaseAsync();

        Assert.True(pair.Client.SessionId.Span.SequenceEqual(pair.Server.SessionId.Span));
        await AssertCarriesAsync(pair.Client, pair.Server, [ChannelData, 1, 2, 3]);
        await AssertCarriesAsync(pair.Server, pair.Client, [ChannelData, 4, 5, 6]);
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public async Task Every_cipher_and_mac_carries_every_length(string cipher, string mac)
    {
        await using TransportFixture pair = await TransportFixture.StartAsync(Protected(cipher, mac));
        await pair.EnterConnectionPhaseAsync();

        foreach (int length in Enumerable.Range(1, 300).Append(32 * 1024 + 9).Append(200_000))
        {
            byte[] payload = Payload(length);
            await AssertCarriesAsync(pair.Client, pair.Server, payload);
            await AssertCarriesAsync(pair.Server, pair.Client, payload);
        }
    }

    [Theory]
    [MemberData(nameof(Protections))]
    public async Task Every_cipher_and_mac_bears_a_stream_cut_anywhere(string cipher, string mac)
    {
        foreach (int segment in new[] { 1, 3, 7, 16, 61 })
        {
            await using TransportFixture pair = await TransportFixture.StartAsync(
                Protected(cipher, mac), new PipePair(segment: segment));
            await pair.EnterConnectionPhaseAsync();
            foreach (int length in new[] { 1, 2, 11, 12, 13, 40, 255 })
            {
                await AssertCarriesAsync(pair.Client, pair.Server, Payload(length));
                await AssertCarriesAsync(pair.Server, pair.Client, Payload(length));
            }
        }
    }

    private static SshAlgorithms Protected(string cipher, string mac) =>
        TransportFixture.Algorithms with
        {
            Cipher = [cipher],
            Mac = mac.Length > 0 ? [mac] : SshAlgorithms.ForClient.Mac,
        };

    private static byte[] Payload(int length)
    {
        byte[] payload = RandomNumberGenerator.GetBytes(length);
        payload[0] = ChannelData;
        return payload;
    }

    private static async Task AssertCarriesAsync(SshTransport from, SshTransport to, byte[] payload)
    {
        using var deadline = new CancellationTokenSource(TransportFixture.Deadline);
        int half = payload.Length / 2;
        Task sending = from.SendAsync(payload.AsMemory(0, half), payload.AsMemory(half), deadline.Token).AsTask();
        ReadOnlyMemory<byte> received = await to.ReceiveAsync(deadline.Token);
        Assert.True(received.Span.SequenceEqual(payload), $"a payload of {payload.Length} bytes arrived changed");
        await sending;
    }
}
