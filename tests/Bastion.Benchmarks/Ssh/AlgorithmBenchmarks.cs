using System.Security.Cryptography;
using Bastion.Ssh.Transport.Ciphers;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Ssh;

/// <summary>What the BCL does not do for us, alone, over 32 KiB.</summary>
public class AlgorithmBenchmarks
{
    private readonly byte[] _data = new byte[32 * 1024];
    private readonly byte[] _key = new byte[64];
    private readonly byte[] _tag = new byte[Poly1305.TagBytes];
    private readonly byte[] _mac = new byte[32];
    private readonly byte[] _blocks = new byte[2 * ChaChaBlock.Bytes];
    private readonly AesCtrKeystream _aes128 = new(new byte[16], new byte[16]);
    private readonly AesCtrKeystream _aes256 = new(new byte[32], new byte[16]);
    private readonly ChaChaPolyKeys _chaCha = new(new byte[ChaChaPolyKeys.KeyBytes]);
    private readonly PacketMac _sha256 = new(HashAlgorithmName.SHA256, new byte[32], 32);

    public AlgorithmBenchmarks() => _key.AsSpan().Fill(0x55);

    [Benchmark]
    public void Poly1305Tag() => Poly1305.Compute(_key.AsSpan(0, 32), _data, _tag);

    [Benchmark]
    public void ChaCha20FirstBlocks() =>
        ChaChaBlock.First(_key.AsSpan(0, 32), _key.AsSpan(32), 7, _blocks.AsSpan(0, 64), _blocks.AsSpan(64));

    [Benchmark]
    public void ChaCha20Payload() => _chaCha.Apply(7, _data, _data);

    [Benchmark]
    public void Aes128Ctr() => _aes128.Apply(_data, _data);

    [Benchmark]
    public void Aes256Ctr() => _aes256.Apply(_data, _data);

    [Benchmark]
    public void HmacSha256() => _sha256.Compute(7, _data, default, _mac);
}
