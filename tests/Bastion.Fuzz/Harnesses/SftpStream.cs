using Bastion.Server.Ssh.Sftp;

namespace Bastion.Fuzz.Harnesses;

/// <summary>The client's side of an SFTP channel. However the stream is cut, the same requests come out of it, or the
/// same refusal.</summary>
internal sealed class SftpStream : Harness
{
    private static readonly IReadOnlyList<byte[]> Grammar =
    [
        [0], [1], [3], [6], [13], [18], [200], [0, 0, 0, 0], [0, 0, 0, 1], [0, 0, 0, 5], [0, 0, 0, 9], [0, 4, 0, 0],
        [255, 255, 255, 255], Named("/srv/x"), Named("posix-rename@openssh.com"), Named("copy-data"), Named(".."),
        Named(""), Named("h"),
    ];

    public override string Name => "sftp";

    public override IReadOnlyList<byte[]> Words => Grammar;

    public override int Try(byte[] input)
    {
        string whole = Read(input, input.Length == 0 ? 1 : input.Length, out int behaviour);
        if (Read(input, 1, out _) != whole || Read(input, 7, out _) != whole)
        {
            throw new ViolationException("the same stream in other pieces is read otherwise");
        }

        return behaviour;
    }

    protected override IEnumerable<byte[]> MakeSeeds() =>
    [
        Packet(1, 0, 0, 0, 3),
        Packet([3, 0, 0, 0, 1, .. Named("/srv/x"), 0, 0, 0, 26, 0, 0, 0, 0]),
        Packet([13, 0, 0, 0, 2, .. Named("/srv/x")]),
        Packet([18, 0, 0, 0, 3, .. Named("/a"), .. Named("/b")]),
        Packet([6, 0, 0, 0, 4, .. Named("h"), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 65, 66, 67]),
        Packet([200, 0, 0, 0, 5, .. Named("posix-rename@openssh.com"), .. Named("/a"), .. Named("/b")]),
        Packet([200, 0, 0, 0, 6, .. Named("copy-data"), .. Named("h"), .. new byte[16], .. Named("i"), .. new byte[8]]),
        Packet([9, 0, 0, 0, 7, .. Named("/x"), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]),
        [.. Packet(1, 0, 0, 0, 3), .. Packet([13, 0, 0, 0, 2, .. Named("/srv/x")])],
    ];

    private static string Read(byte[] input, int piece, out int behaviour)
    {
        var found = new List<string>();
        behaviour = 0;
        using var packets = new PacketStream((int)SftpType.Write);
        try
        {
            for (int at = 0; at < input.Length; at += piece)
            {
                ReadOnlyMemory<byte> data = input.AsMemory(at, Math.Min(piece, input.Length - at));
                while (!data.IsEmpty)
                {
                    if (packets.BodyLeft > 0)
                    {
                        packets.TakeBody(ref data);
                        continue;
                    }

                    if (!packets.TryTake(ref data, out ReadOnlyMemory<byte> packet, out _))
                    {
                        break;
                    }

                    var request = SftpRequest.Parse(packet[SftpPackets.LengthPrefix..]);
                    found.Add(
                        $"{request.Kind} {request.Type} {request.Id} {request.Operation} "
                            + $"{Convert.ToHexString(request.Handle.Span)}");
                    behaviour |= 1 << ((int)request.Type % 31);
                    packets.Done();
                }
            }
        }
        catch (SftpProtocolException)
        {
            found.Add("refused");
        }

        return string.Join('\n', found);
    }

    private static byte[] Packet(params byte[] content) =>
        [0, 0, (byte)(content.Length >> 8), (byte)content.Length, .. content];

    private static byte[] Named(string text) => [0, 0, 0, (byte)text.Length, .. Utf8(text)];
}
