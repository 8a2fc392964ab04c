using System.Buffers;
using Bastion.Ssh.Transport;
using Bastion.Ssh.Transport.Ciphers;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Ssh;

/// <summary>One channel data packet encoded and decoded. MB/s is Size ÷ Mean; Allocated must be zero.</summary>
public class PacketCodecBenchmarks
{
    private readonly PacketEncoder _encoder = new();
    private readonly PacketDecoder _decoder = new();
    private readonly ArrayBufferWriter<byte> _output = new(64 * 1024);
    private readonly byte[] _header = [94, 0, 0, 0, 0, 0, 0, 0x80, 0];
    private byte[] _body = [];

    [Params(
        "aes128-gcm@openssh.com", "aes256-gcm@openssh.com", "chacha20-poly1305@openssh.com",
        "aes128-ctr hmac-sha2-256-etm@openssh.com", "aes256-ctr hmac-sha2-512-etm@openssh.com")]
    public string Protection { get; set; } = "";

    [Params(32 * 1024, 64)]
    public int Size { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        string[] names = Protection.Split(' ');
        CipherAlgorithm cipher = CipherAlgorithm.Find(names[0])!;
        MacAlgorithm? mac = names.Length > 1 ? MacAlgorithm.Find(names[1]) : null;
        _encoder.ChangeKeys(cipher.CreateSealer(NewKeys(cipher), mac), resetSequence: true);
        _decoder.ChangeKeys(cipher.CreateOpener(NewKeys(cipher), mac), resetSequence: true);
        _body = new byte[Size];
    }

    [Benchmark]
    public int EncodeAndDecode()
    {
        _output.ResetWrittenCount();
        _encoder.Encode(_output, _header, _body);
        var sequence = new ReadOnlySequence<byte>(_output.WrittenMemory);
        return _decoder.TryDecode(ref sequence, out ReadOnlyMemory<byte> payload)
            ? payload.Length
            : throw new InvalidOperationException();
    }

    private static PacketKeys NewKeys(CipherAlgorithm cipher) =>
        new(new byte[16], new byte[cipher.KeyBytes], new byte[64]);
}
