using Bastion.Ssh.KeyExchange;
using BenchmarkDotNet.Attributes;

namespace Bastion.Benchmarks.Ssh;

/// <summary>What one key exchange costs either side, without the host key's signature.</summary>
public class KeyExchangeBenchmarks
{
    private KeyExchangeMethod _method = null!;
    private KeyShare _share = null!;
    private byte[] _serverShare = [];

    [Params(
        "mlkem768x25519-sha256", "sntrup761x25519-sha512", "curve25519-sha256",
        "ecdh-sha2-nistp256", "diffie-hellman-group16-sha512")]
    public string Method { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _method = KeyExchangeMethod.Find(Method)!;
        _share = _method.CreateShare();
        _method.Respond(_share.Public.Span, out _serverShare).Dispose();
    }

    [Benchmark]
    public int Server()
    {
        using SharedSecret secret = _method.Respond(_share.Public.Span, out byte[] serverShare);
        return serverShare.Length;
    }

    [Benchmark]
    public int Client()
    {
        using KeyShare share = _method.CreateShare();
        return share.Public.Length;
    }

    [Benchmark]
    public int ClientAgree()
    {
        using SharedSecret secret = _share.Agree(_serverShare);
        return secret.Encoded.Length;
    }
}
