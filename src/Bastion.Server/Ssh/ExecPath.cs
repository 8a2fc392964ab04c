using System.Buffers.Binary;
using Bastion.Server.Ssh.Sftp;
using Bastion.Ssh;

namespace Bastion.Server.Ssh;

/// <summary>
/// A command without a terminal. One whose client begins as an SFTP client does (`sftp -s`, whatever the program is
/// called) is an SFTP session: its operations are judged like those of the subsystem.
/// </summary>
internal sealed class ExecPath(ChannelEnds ends) : IChannelPath
{
    /// <summary>Of INIT, to where it cannot be anything else: uint32 length, byte SSH_FXP_INIT.</summary>
    private const int HeadLength = SftpPackets.LengthPrefix + 1;

    private readonly byte[] _head = new byte[HeadLength];
    private int _count;
    private volatile IChannelPath _path = new CommandPath(ends);

    public ValueTask ToTargetAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_count < HeadLength)
        {
            bool fromTheStart = _count == 0 && data.Length >= SftpPackets.Init.Length;
            int taken = Math.Min(HeadLength - _count, data.Length);
            data.Span[..taken].CopyTo(_head.AsSpan(_count));
            _count += taken;
            if (_count == HeadLength && BeginsSftp(_head))
            {
                // Clients send it in one piece. What went before could not be called back.
                _path = fromTheStart
                    ? new SftpPath(ends)
                    : throw new SftpProtocolException("it begins in pieces");
            }
        }

        return _path.ToTargetAsync(data, cancellationToken);
    }

    public ValueTask ToClientAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken) =>
        _path.ToClientAsync(data, cancellationToken);

    public void Resized(WindowChange size)
    {
    }

    public ValueTask DisposeAsync() => _path.DisposeAsync();

    private static bool BeginsSftp(ReadOnlySpan<byte> head)
    {
        uint length = BinaryPrimitives.ReadUInt32BigEndian(head);
        return length >= SftpPackets.Init.Length - SftpPackets.LengthPrefix && length <= PacketStream.MaximumPacket
            && head[SftpPackets.LengthPrefix] == (byte)SftpType.Init;
    }
}
