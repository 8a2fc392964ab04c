using Bastion.Ssh;
using Bastion.Ssh.KeyExchange;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;
using Bastion.Ssh.Wire;

namespace Bastion.Fuzz.Harnesses;

/// <summary>Payloads of decrypted packets, given to everything that reads one: each says yes or no, none
/// throws.</summary>
internal sealed class SshMessages : Harness
{
    private static readonly IReadOnlyList<byte[]> Grammar =
    [
        [0], [1], [255], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 4], [255, 255, 255, 255], [127, 255, 255, 255],
        [128, 0, 0, 0], [20], [21], [50], [60], [61], [80], [90], [98],
        Named("ssh-connection"), Named("publickey"), Named("password"), Named("session"), Named("direct-tcpip"),
        Named("pty-req"), Named("exec"), Named("ls"), Named("ssh-ed25519"), Named("é"), Named(""), Named("a,b,,c"),
    ];

    public override string Name => "ssh-messages";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        int read = 0;
        int place = 0;
        Note(KexInit.TryRead(input, out _));
        Note(DisconnectMessage.TryRead(input, out _));
        Note(PingMessage.TryReadData(input, out _));
        Note(ExtInfo.TryRead(input, []));
        Note(ServiceMessage.TryRead(input, MessageNumber.ServiceRequest, out _));
        Note(UserAuthRequestMessage.TryRead(input, out _));
        Note(UserAuthFailureMessage.TryRead(input, out _));
        Note(UserAuthBannerMessage.TryRead(input, out _));
        Note(PublicKeyFields.TryRead(input, hostBound: false, out _));
        Note(PublicKeyFields.TryRead(input, hostBound: true, out _));
        Note(PasswordFields.TryRead(input, out _));
        Note(InfoRequestMessage.TryRead(input, 8, out _));
        Note(InfoResponseMessage.TryRead(input, 2, 1_000, out _));
        Note(PtyRequest.Parse(input) is not null);
        Note(WindowChange.TryParse(input, out _));
        Note(EnvironmentVariable.Parse(input) is not null);
        Note(ExecRequest.TryParse(input, out _));
        Note(ExitSignal.Parse(input) is not null);
        Note(X11Request.Parse(input) is not null);
        Note(TcpIpChannel.Parse(input) is not null);
        Note(StreamLocalChannel.Parse(input) is not null);
        Note(TcpIpForward.Parse(input) is not null);
        Note(TerminalModes.Parse(input).Count > 0);
        return read;

        void Note(bool understood)
        {
            read |= understood ? 1 << place : 0;
            place++;
        }
    }

    protected override IEnumerable<byte[]> MakeSeeds() =>
    [
        [20, .. new byte[16], .. Named("curve25519-sha256"), .. Named("ssh-ed25519"),
            .. Enumerable.Repeat(Named("none"), 8).SelectMany(one => one), 0, 0, 0, 0, 0],
        [1, 0, 0, 0, 11, .. Named("bye"), .. Named("")],
        [50, .. Named("alice"), .. Named("ssh-connection"), .. Named("publickey"), 0, .. Named("ssh-ed25519"),
            .. Named("blob")],
        [50, .. Named("alice"), .. Named("ssh-connection"), .. Named("password"), 0, .. Named("secret")],
        [5, .. Named("ssh-userauth")],
        [51, .. Named("publickey"), 0],
        [61, 0, 0, 0, 2, .. Named("1"), .. Named("2")],
        [.. Named("xterm"), 0, 0, 0, 80, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0, 0, .. Named("\x01\0\0\0\x01\0")],
        [.. Named("LANG"), .. Named("C")],
        [.. Named("10.0.0.1"), 0, 0, 0, 22, .. Named("127.0.0.1"), 0, 0, 1, 0],
        Named("ls -la"),
    ];

    private static byte[] Named(string text) => [0, 0, 0, (byte)Utf8(text).Length, .. Utf8(text)];
}
