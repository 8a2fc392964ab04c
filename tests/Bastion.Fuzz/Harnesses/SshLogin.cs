using System.Buffers.Binary;
using System.IO.Pipelines;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Fuzz.Harnesses;

/// <summary>A stranger's first bytes: an identification line, then packets in the clear. However they are, the
/// connection ends in order and nobody is in.</summary>
internal sealed class SshLogin : Harness, IDisposable
{
    private static readonly IReadOnlyList<byte[]> Grammar =
    [
        .. Utf8(["SSH-2.0-x\r\n", "SSH-1.99-x\r\n", "SSH-2.0-", "\r\n", "\n", "\0", "curve25519-sha256", "ssh-ed25519",
            "aes256-gcm@openssh.com", "none", ","]),
        [0, 0, 0, 12, 10], [0, 0, 0, 28, 10, 20], [20], [30], [21], [2], [5], [50], [1], [0, 0, 0, 0],
        [255, 255, 255, 255], [0, 0, 136, 184], new byte[16],
    ];

    private readonly SshPrivateKey _hostKey = SshPrivateKey.Generate(SshKeyKind.Ed25519);

    public override string Name => "ssh-login";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input) => LogIn(input).GetAwaiter().GetResult();

    public void Dispose() => _hostKey.Dispose();

    protected override IEnumerable<byte[]> MakeSeeds()
    {
        byte[] kexInit =
        [
            20, .. new byte[16], .. Listed("curve25519-sha256,kex-strict-c-v00@openssh.com"), .. Listed("ssh-ed25519"),
            .. Listed("aes256-gcm@openssh.com"), .. Listed("aes256-gcm@openssh.com"),
            .. Listed("hmac-sha2-256-etm@openssh.com"), .. Listed("hmac-sha2-256-etm@openssh.com"), .. Listed("none"),
            .. Listed("none"), .. Listed(""), .. Listed(""), 0, 0, 0, 0, 0,
        ];
        byte[] line = Utf8("SSH-2.0-seed\r\n");
        yield return line;
        yield return [.. line, .. Packet(kexInit)];
        yield return [.. line, .. Packet(kexInit), .. Packet([30, 0, 0, 0, 32, 9, .. new byte[31]])];
        yield return [.. line, .. Packet([1, 0, 0, 0, 11, 0, 0, 0, 0, 0, 0, 0, 0])];
    }

    private static byte[] Listed(string names)
    {
        byte[] list = new byte[4 + names.Length];
        BinaryPrimitives.WriteInt32BigEndian(list, names.Length);
        Utf8(names).CopyTo(list, 4);
        return list;
    }

    /// <summary>RFC 4253 section 6, before keys are in use: blocks of eight bytes.</summary>
    private static byte[] Packet(byte[] payload)
    {
        const int block = 8;
        int padding = block - ((5 + payload.Length) % block);
        padding += padding < 4 ? block : 0;
        byte[] packet = new byte[5 + payload.Length + padding];
        BinaryPrimitives.WriteInt32BigEndian(packet, 1 + payload.Length + padding);
        packet[4] = (byte)padding;
        payload.CopyTo(packet, 5);
        return packet;
    }

    private async Task<int> LogIn(byte[] input)
    {
        var toServer = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var toClient = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await toServer.Writer.WriteAsync(input);
        await toServer.Writer.CompleteAsync();
        using var limit = new CancellationTokenSource(FuzzRound.TooLong);
        try
        {
            await SshServer.AcceptAsync(
                new Duplex(toServer.Reader, toClient.Writer), new SshServerOptions { HostKeys = [_hostKey] },
                new UserAuthServerOptions(), new Nobody(), limit.Token);
            throw new ViolationException("a stranger logged in");
        }
        catch (SshDisconnectException ended)
        {
            return (int)ended.Reason;
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class Nobody : IUserAuthenticator
    {
        public ValueTask<UserAuthDecision> AuthenticateKeyAsync(UserAuthContext context, VerifiedKey key,
            CancellationToken cancellationToken) =>
            ValueTask.FromResult(UserAuthDecision.Refuse("nobody is known here"));

        public ValueTask RecordAsync(UserAuthEvent userAuthEvent, CancellationToken cancellationToken) =>
            ValueTask.CompletedTask;
    }
}
