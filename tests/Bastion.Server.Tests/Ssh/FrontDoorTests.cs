using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Server.Ssh;
using System.Net;

namespace Bastion.Server.Tests.Ssh;

public sealed class FrontDoorTests
{
    [Fact]
    public async Task Without_a_target_the_names_to_use_are_listed()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        CommandResult result = await world.RunAsync("alice", "anything");
        Assert.Equal(0u, result.Exit);
        Assert.Contains("alice+orders-db", result.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-db", result.Errors, StringComparison.Ordinal);
        Assert.Equal(0, world.Target.Logins);
    }

    [Theory]
    [InlineData("alice+no-such-machine")]
    [InlineData("alice+secret-db")]
    [InlineData("alice+root@orders-db")]
    public async Task What_is_not_granted_is_refused_in_one_sentence_and_recorded(string user)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        CommandResult result = await world.RunAsync(user, "true");
        Assert.Equal(126u, result.Exit);
        Assert.StartsWith("bastion: ", result.Errors, StringComparison.Ordinal);
        Assert.Contains("request.refused", world.Journal());
        Assert.Equal(0, world.Target.Logins);
    }

    [Fact]
    public async Task A_target_that_is_down_is_named_and_the_exit_status_says_try_again()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        CommandResult result = await world.RunAsync("alice+nowhere", "true");
        Assert.Equal(75u, result.Exit);
        Assert.Contains("`nowhere` cannot be reached", result.Errors, StringComparison.Ordinal);
        Assert.Contains("session.ended", world.Journal());
    }

    [Fact]
    public async Task A_changed_host_key_stops_the_session_before_anything_is_sent()
    {
        await using RelayWorld world = await RelayWorld.StartAsync(
            hostKeyPin: SshPrivateKey.Generate(SshKeyKind.Ed25519).PublicKey.ToString());
        CommandResult result = await world.RunAsync("alice+orders-db", "true");
        Assert.Equal(126u, result.Exit);
        Assert.Contains("host key", result.Errors, StringComparison.Ordinal);
        Assert.Equal(0, world.Target.Logins);
    }

    [Fact]
    public async Task A_missing_credential_is_named()
    {
        await using RelayWorld world = await RelayWorld.StartAsync(stored: false);
        CommandResult result = await world.RunAsync("alice+orders-db", "true");
        Assert.Equal(126u, result.Exit);
        Assert.Contains("`orders/app`", result.Errors, StringComparison.Ordinal);
        Assert.Equal(0, world.Target.Logins);
    }

    [Fact]
    public async Task A_code_is_asked_for_where_policy_wants_one()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        CommandResult result = await world.RunAsync("tess+orders-db", "true");
        Assert.Equal(0u, result.Exit);
        Assert.Equal(1, world.Target.Logins);
    }

    [Theory]
    [InlineData("alice+orders-db")]
    [InlineData("nobody+orders-db")]
    [InlineData("bob+orders-db")]
    public async Task A_wrong_key_and_an_unknown_person_get_the_same_answer(string user)
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        Bastion.Ssh.UserAuth.UserAuthOutcome outcome =
            await world.TryLoginAsync(user, SshPrivateKey.Generate(SshKeyKind.Ed25519));
        Assert.False(outcome.Succeeded);
        Assert.Equal(["publickey"], outcome.Methods);
        Assert.Contains("login.failed", world.Journal());
        Assert.Equal(0, world.Target.Logins);
    }

    [Fact]
    public async Task A_peer_that_speaks_no_ssh_leaves_a_record()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await world.KnockAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        Assert.Contains("request.refused", world.Journal());
    }

    [Fact]
    public async Task Forwards_are_refused_with_a_reason()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        ChannelOpenException refused = await Assert.ThrowsAsync<ChannelOpenException>(async () =>
            await client.OpenChannelAsync("direct-tcpip", new TcpIpChannel("10.0.0.1", 5432, "127.0.0.1", 1).Format(),
            RelayWorld.Deadline()));
        Assert.Equal(ChannelOpenFailureReason.AdministrativelyProhibited, refused.Reason);
        Assert.NotEmpty(refused.Message);
    }

    [Fact]
    public async Task A_granted_forward_goes_to_the_released_destination_and_is_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        Channel channel = await client.OpenChannelAsync(
            "direct-tcpip", new TcpIpChannel("10.0.0.5", 5432, "127.0.0.1", 1).Format(), RelayWorld.Deadline());
        await channel.WriteAsync("hello"u8.ToArray(), RelayWorld.Deadline());
        await channel.SendEofAsync(RelayWorld.Deadline());
        Assert.Equal("10.0.0.5:5432 hello", (await CommandResult.ReadAsync(channel)).Output);
        Assert.Contains("command.decided", world.Journal());
    }

    [Fact]
    public async Task A_remote_forward_is_refused_and_recorded()
    {
        await using RelayWorld world = await RelayWorld.StartAsync();
        await using SshConnection client = await world.ConnectAsync("alice+orders-db");
        GlobalReply reply = await client.SendGlobalRequestAsync("tcpip-forward", new TcpIpForward("", 8080).Format(),
            RelayWorld.Deadline());
        Assert.False(reply.Success);
        Assert.Contains("command.decided", world.Journal());
        Assert.DoesNotContain("tcpip-forward", world.Target.Requests);
    }

    [Theory]
    [InlineData("alice", "alice", null, null)]
    [InlineData("alice+orders-db", "alice", "orders-db", null)]
    [InlineData("alice+root@orders-db", "alice", "orders-db", "root")]
    [InlineData("alice+a@b@orders-db", "alice", "orders-db", "a@b")]
    public void Login_names_are_read(string text, string user, string? target, string? account)
    {
        Assert.True(LoginName.TryParse(text, out LoginName? name));
        Assert.Equal(new LoginName(user, target, account), name);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+orders-db")]
    [InlineData("alice+")]
    [InlineData("alice+@orders-db")]
    [InlineData("alice+root@")]
    public void Login_names_that_are_none_are_not_read(string text) => Assert.False(LoginName.TryParse(text, out _));

    [Fact]
    public void A_flood_from_one_address_leaves_room_for_others_and_places_come_back()
    {
        var limiter = new StartupLimiter();
        var flooder = IPAddress.Parse("192.0.2.1");
        List<IDisposable> places = [];
        for (int i = 0; i < 1000; i++)
        {
            if (limiter.TryEnter(flooder) is { } place)
            {
                places.Add(place);
            }
        }

        Assert.InRange(places.Count, StartupLimiter.DropFrom, StartupLimiter.PerAddress);
        places.ForEach(place => place.Dispose());
        places.ForEach(place => place.Dispose());
        Assert.Equal(0, limiter.Count);
        Assert.NotNull(limiter.TryEnter(flooder));
    }
}
