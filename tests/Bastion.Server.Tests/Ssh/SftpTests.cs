using System.Security.Cryptography;
using Bastion.Audit;
using Bastion.Control.Approvals;
using Bastion.Server.Ssh.Sftp;

namespace Bastion.Server.Tests.Ssh;

public sealed class SftpTests
{
    [Fact]
    public async Task A_file_that_is_put_passes_whole_and_its_digest_is_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        byte[] content = RandomNumberGenerator.GetBytes(100_000);
        byte[] handle =
            await client.OpenAsync("upload.bin", SftpOpenFlags.Write | SftpOpenFlags.Create | SftpOpenFlags.Exclusive);
        for (int offset = 0; offset < content.Length; offset += 32_768)
        {
            await client.WriteAsync(handle, offset,
                content.AsMemory(offset, Math.Min(32_768, content.Length - offset)));
        }

        await client.CloseAsync(handle);
        Assert.Equal(content, client.Server.Files["/home/app/upload.bin"]);
        JournalEntry transfer = await client.RecordAsync("file.transferred");
        Assert.Equal("/home/app/upload.bin", transfer.Text("path"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), transfer.Text("sha256"));
    }

    [Fact]
    public async Task A_file_that_is_fetched_arrives_and_its_digest_is_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        byte[] content = RandomNumberGenerator.GetBytes(70_000);
        client.Server.Files["/data/report"] = content;
        byte[] handle = await client.OpenAsync("/data/report", SftpOpenFlags.Read);
        List<byte> read = [];
        while (await client.ReadAsync(handle, read.Count, 32_768) is { } piece)
        {
            read.AddRange(piece);
        }

        await client.CloseAsync(handle);
        Assert.Equal(content, read);
        JournalEntry transfer = await client.RecordAsync("file.transferred");
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(content)), transfer.Text("sha256"));
    }

    [Fact]
    public async Task A_held_remove_waits_and_happens_only_after_approval()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        client.Server.Files["/srv/orders/dump"] = [1];
        Task<SftpStatus> removing = client.RemoveAsync("/srv/orders/dump");
        ApprovalRequest request = await world.HeldAsync();
        Assert.Contains("/srv/orders/dump", request.Command, StringComparison.Ordinal);
        Assert.True(client.Server.Files.ContainsKey("/srv/orders/dump"));
        await world.ApproveAsync(request);
        Assert.Equal(SftpStatus.Ok, await removing);
        Assert.False(client.Server.Files.ContainsKey("/srv/orders/dump"));
    }

    [Fact]
    public async Task A_denied_remove_answers_permission_denied_under_its_own_id_and_the_channel_goes_on()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        client.Server.Files["/srv/orders/dump"] = [1];
        Task<SftpStatus> removing = client.RemoveAsync("/srv/orders/dump");
        await world.DenyAsync(await world.HeldAsync(), "not today");
        Assert.Equal(SftpStatus.PermissionDenied, await removing);
        Assert.Contains("not today", client.LastMessage, StringComparison.Ordinal);
        Assert.True(client.Server.Files.ContainsKey("/srv/orders/dump"));
        Assert.Equal(SftpStatus.Ok, await client.RemoveAsync("/tmp/./scratch"));
    }

    [Fact]
    public async Task An_operation_that_the_gateway_does_not_know_is_not_passed_on()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        Assert.Equal(SftpStatus.OperationUnsupported,
            await client.ExtendedAsync("format-disk@example.com", "/dev/sda"));
        Assert.Equal(SftpStatus.OperationUnsupported, await client.RawAsync(99));
        Assert.DoesNotContain(client.Server.Seen, type => type is SftpType.Extended or (SftpType)99);
    }

    [Fact]
    public async Task What_is_not_sftp_ends_the_channel()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        await client.SendAsync([0xff, 0xff, 0xff, 0xff, 1, 2, 3]);
        await client.EndAsync();
        Assert.Equal("a packet of 4294967295 bytes", (await client.RecordAsync("request.refused")).Text("reason"));
    }

    /// <summary>`sftp -s`: the program may be called anything.</summary>
    [Theory]
    [InlineData("/usr/lib/openssh/sftp-server")]
    [InlineData("uptime --of=files")]
    public async Task An_exec_that_is_spoken_to_in_sftp_is_an_sftp_session(string command)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world, command);
        client.Server.Files["/srv/orders/dump"] = [1];
        Task<SftpStatus> removing = client.RemoveAsync("/srv/orders/dump");
        await world.DenyAsync(await world.HeldAsync(), "not today");
        Assert.Equal(SftpStatus.PermissionDenied, await removing);
        Assert.True(client.Server.Files.ContainsKey("/srv/orders/dump"));
        Assert.Equal("/srv/orders/dump", (await client.RecordAsync("file.operation")).Text("path"));
    }

    [Fact]
    public async Task An_exec_whose_sftp_begins_in_pieces_is_ended_before_the_rest_goes_on()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.OpenAsync(world, "uptime --of=files");
        await client.SendAsync([0, 0, 0]);
        await client.SendAsync([5, 1, 0, 0, 0, 3]);
        await client.EndAsync();
        Assert.Equal("it begins in pieces", (await client.RecordAsync("request.refused")).Text("reason"));
        Assert.Empty(client.Server.Seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(6)]
    public async Task Every_target_is_spoken_to_in_version_3_whatever_the_client_says(byte version)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world, version: version);
        Assert.Equal(SftpStatus.Ok, await client.RemoveAsync("/tmp/scratch"));
    }

    [Theory]
    [InlineData("/tmp/../srv/orders/dump")]
    [InlineData("../../srv/orders/dump")]
    public async Task A_path_that_climbs_is_not_passed_on(string path)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        Assert.Equal(SftpStatus.PermissionDenied, await client.RemoveAsync(path));
        Assert.Contains("`..`", client.LastMessage, StringComparison.Ordinal);
        Assert.DoesNotContain(SftpType.Remove, client.Server.Seen);
    }

    [Fact]
    public async Task A_path_is_judged_by_where_its_links_lead()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        client.Server.Links["/tmp/mine"] = "/srv/orders";
        client.Server.Links["/tmp/one"] = "/srv/orders/dump";

        Task<SftpStatus> removing = client.RemoveAsync("/tmp/mine/dump");
        ApprovalRequest request = await world.HeldAsync();
        Assert.Equal("sftp remove /srv/orders/dump", request.Command);
        await world.DenyAsync(request, "not today");
        Assert.Equal(SftpStatus.PermissionDenied, await removing);

        // The link itself may go; what stands at its end is what is opened.
        Assert.Equal(SftpStatus.Ok, await client.RemoveAsync("/tmp/one"));
        byte[] handle = await client.OpenAsync("/tmp/one", SftpOpenFlags.Read);
        await client.CloseAsync(handle);
        Assert.Equal("/srv/orders/dump", (await client.RecordAsync("file.transferred")).Text("path"));
    }

    /// <summary>OpenSSH's server skips it, and pkg/sftp (rclone) sends it.</summary>
    [Fact]
    public async Task What_stands_behind_the_data_of_a_write_is_no_part_of_the_file()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SftpClient client = await SftpClient.StartAsync(world);
        byte[] handle = await client.OpenAsync(
            "upload.bin", SftpOpenFlags.Write | SftpOpenFlags.Create | SftpOpenFlags.Exclusive);
        await client.WriteWithSurplusAsync(handle, new byte[] { 1, 2, 3 }, [9, 9, 9, 9]);
        await client.CloseAsync(handle);
        Assert.Equal([1, 2, 3], client.Server.Files["/home/app/upload.bin"]);
        JournalEntry transfer = await client.RecordAsync("file.transferred");
        Assert.Equal("3", transfer.Text("length"));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData([1, 2, 3])), transfer.Text("sha256"));
    }

    /// <summary>However the bytes are cut on the way, the same packets come out.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(33)]
    public void Packets_are_cut_the_same_however_they_arrive(int step)
    {
        byte[] content = RandomNumberGenerator.GetBytes(500);
        byte[] stream = [.. Sftp.Packet(1, 0, 0, 0, 3), .. Sftp.Write(9, "h"u8, 0, content),
            .. Sftp.Packet(13, 0, 0, 0, 8, 0, 0, 0, 1, 65)];
        var packets = new PacketStream((int)SftpType.Write);
        List<byte> types = [];
        List<byte> body = [];
        for (int at = 0; at < stream.Length; at += step)
        {
            ReadOnlyMemory<byte> data = stream.AsMemory(at, Math.Min(step, stream.Length - at));
            while (!data.IsEmpty)
            {
                if (packets.BodyLeft > 0)
                {
                    body.AddRange(packets.TakeBody(ref data).Span);
                }
                else if (packets.TryTake(ref data, out ReadOnlyMemory<byte> packet, out _))
                {
                    types.Add(packet.Span[4]);
                    packets.Done();
                }
            }
        }

        Assert.Equal([1, 6, 13], types);
        Assert.Equal(content, body);
        Assert.True(packets.AtBoundary);
    }
}
