using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Tests.Connection;
using Bastion.Ssh.Tests.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.UserAuth;

public sealed class UserAuthServerTests
{
    private static readonly UserAuthServerOptions AllMethods = new()
    {
        Methods = [UserAuthMethod.PublicKey, UserAuthMethod.Password, UserAuthMethod.KeyboardInteractive],
    };

    [Fact]
    public async Task None_and_methods_not_offered_say_what_can_continue_and_ask_nobody()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Send("alice", "none");
        Assert.Equal(("publickey,keyboard-interactive", false), await login.FailureAsync());
        login.Password("alice", TestAuthenticator.Password);
        Assert.Equal(("publickey,keyboard-interactive", false), await login.FailureAsync());
        login.Send("alice", "hostbased", m => m.String("x"));
        await login.FailureAsync();

        Assert.Empty(authenticator.Asked);
        Assert.Empty(authenticator.Events);
    }

    [Fact]
    public async Task Every_refusal_is_the_same_message_whoever_the_user_is()
    {
        List<byte[]> answers = [];
        foreach (string user in (string[])["alice", "nobody"])
        {
            using SshPrivateKey key = TestKeys.Private("ecdsa256");
            using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator(), AllMethods);
            login.Send(user, "none");
            answers.Add(await login.Client.ReceiveAsync(MessageNumber.UserAuthFailure));
            login.Sign(user, key);
            answers.Add(await login.Client.ReceiveAsync(MessageNumber.UserAuthFailure));
            login.Password(user, "wrong");
            answers.Add(await login.Client.ReceiveAsync(MessageNumber.UserAuthFailure));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
    }

    [Fact]
    public async Task Key_then_code_logs_in_by_partial_success()
    {
        var authenticator = new TestAuthenticator() { AfterKey = [UserAuthMethod.KeyboardInteractive] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);
        Assert.Equal(("keyboard-interactive", true), await login.FailureAsync());
        login.Interactive("alice");
        byte[] prompt = await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        Assert.Contains("Verification code: ", Encoding.UTF8.GetString(prompt), StringComparison.Ordinal);
        login.Answer(TestAuthenticator.Code);

        AuthenticatedUser user = await login.SuccessAsync();
        Assert.Equal(["publickey", "keyboard-interactive"], user.Completed.Select(completed => completed.Method));
        Assert.Equal([UserAuthResult.Partial, UserAuthResult.Accepted], authenticator.Events.Select(e => e.Result));
    }

    [Fact]
    public async Task Code_without_the_key_is_not_enough_after_partial_success_was_asked_for()
    {
        var authenticator = new TestAuthenticator() { AfterKey = [UserAuthMethod.KeyboardInteractive] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, AllMethods);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);
        await login.FailureAsync();
        login.Password("alice", TestAuthenticator.Password);

        Assert.Equal(("keyboard-interactive", false), await login.FailureAsync());
        Assert.DoesNotContain("password alice", authenticator.Asked);
    }

    [Fact]
    public async Task Same_key_shown_twice_is_one_proof()
    {
        var authenticator = new TestAuthenticator() { AfterKey = [UserAuthMethod.PublicKey] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);
        Assert.True((await login.FailureAsync()).Partial);
        login.Sign("alice", key);

        Assert.False((await login.FailureAsync()).Partial);
        Assert.Equal("the same key was shown twice", authenticator.Events[^1].Reason);
    }

    [Fact]
    public async Task Another_user_name_midway_ends_the_connection()
    {
        var authenticator = new TestAuthenticator() { AfterKey = [UserAuthMethod.KeyboardInteractive] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);
        await login.FailureAsync();
        login.Interactive("root");

        Assert.Contains("user name may not change", (await login.EndAsync()).Message, StringComparison.Ordinal);
        Assert.Equal(UserAuthResult.Ended, authenticator.Events[^1].Result);
    }

    [Fact]
    public async Task Another_service_than_connection_ends_the_connection()
    {
        using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator());
        login.Send("alice", "none", service: "ssh-userauth");
        Assert.Equal(DisconnectReason.ServiceNotAvailable, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Asking_for_the_connection_service_before_login_ends_the_connection()
    {
        using var login = new ScriptedLogin(new TestAuthenticator());
        login.Client.Send(m => m.Number(MessageNumber.ServiceRequest).String("ssh-connection"));
        Assert.Equal(DisconnectReason.ServiceNotAvailable, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Service_may_be_asked_for_again_which_changes_nothing_and_is_bounded()
    {
        var authenticator = new TestAuthenticator() { AfterKey = [UserAuthMethod.KeyboardInteractive] };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);
        Assert.Equal(("keyboard-interactive", true), await login.FailureAsync());
        login.Client.Send(m => m.Number(MessageNumber.ServiceRequest).String("ssh-userauth"));
        await login.Client.ReceiveAsync(MessageNumber.ServiceAccept);
        login.Sign("alice", key);
        Assert.Equal(("keyboard-interactive", false), await login.FailureAsync());

        for (int count = 0; count < 65; count++)
        {
            login.Client.Send(m => m.Number(MessageNumber.ServiceRequest).String("ssh-userauth"));
        }

        Assert.Contains("too many authentication requests", (await login.EndAsync()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OtherNumbers))]
    public async Task Every_message_that_is_not_a_request_ends_the_connection(byte number)
    {
        // CVE-2018-10933: SUCCESS from a client. CVE-2025-32433: a channel message before login.
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Client.Send(m => m.Bytes([number]).String("alice").String("ssh-connection").String("none"));

        Assert.Equal(DisconnectReason.ProtocolError, (await login.EndAsync()).Reason);
        Assert.NotEqual(SshPhase.Connection, login.Server.Phase);
        Assert.Empty(authenticator.Asked);
    }

    public static TheoryData<byte> OtherNumbers() =>
        [.. Enumerable.Range(0, 256)
            .Where(number => number is not ((int)MessageNumber.UserAuthRequest or (int)MessageNumber.ServiceRequest))
            .Select(number => (byte)number)];

    [Fact]
    public async Task Any_cut_request_ends_the_connection_or_is_refused()
    {
        byte[] whole = new MessageBuilder().Number(MessageNumber.UserAuthRequest).String("alice")
            .String("ssh-connection").String("password")
            .Boolean(false).String(TestAuthenticator.Password).ToArray();
        for (int length = 1; length < whole.Length; length++)
        {
            using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator(), AllMethods);
            login.Client.Send(m => m.Bytes(whole.AsSpan(0, length)));
            Assert.Equal(DisconnectReason.ProtocolError, (await login.EndAsync()).Reason);
        }
    }

    [Theory]
    [InlineData("al\nice")]
    [InlineData("al\u001b[2Jice")]
    [InlineData("al\u202eice")]
    [InlineData("al\0ice")]
    public async Task User_name_that_could_forge_a_log_line_ends_the_connection(string user)
    {
        using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator());
        login.Send(user, "none");
        Assert.Equal(DisconnectReason.IllegalUserName, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Wrong_keys_are_bounded_and_each_is_recorded()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(
            authenticator, new UserAuthServerOptions { Limits = new UserAuthLimits { MaximumFailures = 4 } });
        using SshPrivateKey key = TestKeys.Private("ecdsa256");
        for (int attempt = 0; attempt < 4; attempt++)
        {
            login.Sign("alice", key);
        }

        Assert.Equal(DisconnectReason.NoMoreAuthMethodsAvailable, (await login.EndAsync()).Reason);
        Assert.Equal(4, authenticator.Events.Count(e => e.Result == UserAuthResult.Refused));
        Assert.Equal(UserAuthResult.Ended, authenticator.Events[^1].Result);
        Assert.Equal(DisconnectReason.NoMoreAuthMethodsAvailable, login.Server.Disconnected);
    }

    [Fact]
    public async Task Guesses_are_bounded_more_tightly_whatever_the_method()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, AllMethods);
        login.Password("alice", "one");
        await login.FailureAsync();
        login.Password("alice", "two");
        await login.FailureAsync();
        login.Interactive("alice");
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        login.Answer("000000");

        Assert.Equal(DisconnectReason.NoMoreAuthMethodsAvailable, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Requests_that_try_nothing_are_bounded_too()
    {
        using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator());
        for (int attempt = 0; attempt < 65; attempt++)
        {
            login.Offer("alice", TestKeys.Public("ed25519"));
        }

        Assert.Contains("too many authentication requests", (await login.EndAsync()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Login_grace_ends_the_connection_and_is_recorded()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.EndGrace();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => login.Run.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.Equal("login took too long", Assert.Single(authenticator.Events).Reason);
        Assert.NotNull(login.Server.Disconnected);
    }

    [Fact]
    public async Task Authenticator_that_fails_lets_nobody_in_and_tells_the_client_nothing()
    {
        var authenticator = new TestAuthenticator()
        {
            Failure = new InvalidOperationException("the database is at 10.0.0.3"),
        };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);

        SshDisconnectException end = await login.EndAsync();
        Assert.Equal(Blame.Self, end.Blame);
        Assert.IsType<InvalidOperationException>(end.InnerException);
        Assert.True(login.Client.NothingSent);
    }

    [Theory]
    [InlineData("")]
    [InlineData("change")]
    [InlineData("long")]
    public async Task Empty_changing_or_overlong_password_asks_nobody(string what)
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator, AllMethods);
        login.Send("alice", "password", what switch
        {
            "change" => m => m.Boolean(true).String("old").String("new"),
            "long" => m => m.Boolean(false).String(new string('x', 1025)),
            _ => m => m.Boolean(false).String(""),
        });
        await login.FailureAsync();
        Assert.Empty(authenticator.Asked);
    }

    [Fact]
    public async Task Conversation_left_by_another_request_serves_that_request()
    {
        var authenticator = new TestAuthenticator();
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Interactive("alice");
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        using SshPrivateKey key = TestKeys.Private("ed25519");
        login.Sign("alice", key);

        await login.FailureAsync();
        await login.SuccessAsync();
    }

    [Fact]
    public async Task Conversation_whose_end_the_authenticator_overlooks_logs_nobody_in()
    {
        var authenticator = new TestAuthenticator()
        {
            Conversation = async (prompter, cancellationToken) =>
            {
                try
                {
                    await prompter.AskAsync("", "", [new UserPrompt("Code: ", false)], cancellationToken);
                }
                catch (OperationCanceledException)
                {
                    // A careless authenticator.
                }

                return UserAuthDecision.Accept();
            },
        };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Interactive("alice");
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        login.Send("alice", "none");

        await login.FailureAsync();
        await login.FailureAsync();
        Assert.False(login.Run.IsCompleted);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Answers_that_do_not_match_the_prompts_end_the_connection(int count)
    {
        using ScriptedLogin login = await ScriptedLogin.StartAsync(new TestAuthenticator());
        login.Interactive("alice");
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        login.Answer([.. Enumerable.Repeat(TestAuthenticator.Code, count)]);
        Assert.Equal(DisconnectReason.ProtocolError, (await login.EndAsync()).Reason);
    }

    [Fact]
    public async Task Conversation_may_have_several_rounds_and_rounds_without_prompts()
    {
        var authenticator = new TestAuthenticator()
        {
            Conversation = async (prompter, cancellationToken) =>
            {
                await prompter.AskAsync("", "Two questions.", [], cancellationToken);
                IReadOnlyList<string> both =
                    await prompter.AskAsync("", "", [new("One: ", true), new("Two: ", false)], cancellationToken);
                return both is ["1", "2"] ? UserAuthDecision.Accept() : UserAuthDecision.Refuse("no");
            },
        };
        using ScriptedLogin login = await ScriptedLogin.StartAsync(authenticator);
        login.Interactive("alice");
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        login.Answer();
        await login.Client.ReceiveAsync(MessageNumber.UserAuthMethod60);
        login.Answer("1", "2");
        await login.SuccessAsync();
    }

    [Fact]
    public async Task Banner_is_shown_with_control_characters_escaped()
    {
        using ScriptedLogin login = await ScriptedLogin.StartAsync(
            new TestAuthenticator(), new UserAuthServerOptions
            {
                Banner = "Authorised use only.\r\n\u001b]0;owned\u0007",
            });
        string banner = Encoding.UTF8.GetString(await login.Client.ReceiveAsync(MessageNumber.UserAuthBanner));

        Assert.Contains("Authorised use only.\r\n\\e]0;owned\\x07", banner, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refusals_are_answered_at_the_end_of_a_slot()
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        var clock = new SlotClock();
        UserAuthServerOptions options = AllMethods with { TimeProvider = clock };
        Task<AuthenticatedUser> run = new UserAuthServer(server, new TestAuthenticator(), options).RunAsync(default);
        client.Send(m => m.Number(MessageNumber.ServiceRequest).String("ssh-userauth"));
        await client.ReceiveAsync(MessageNumber.ServiceAccept);
        client.Send(m => m.Number(MessageNumber.UserAuthRequest).String("alice").String("ssh-connection")
            .String("password").Boolean(false).String("wrong"));

        // 55 ms of work in slots of 40 ms: the answer waits for the end of the second.
        Assert.Equal(TimeSpan.FromMilliseconds(25), await clock.Waited.Task.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.True(client.NothingSent);
        clock.Fire();
        await client.ReceiveAsync(MessageNumber.UserAuthFailure);
        await client.DisposeAsync();
        await Assert.ThrowsAsync<SshDisconnectException>(() => run);
    }

    /// <summary>Every look at the timestamp is 55 ms later than the one before; a timer fires when told.</summary>
    private sealed class SlotClock : TimeProvider
    {
        private long _now;
        private Action? _fire;

        public TaskCompletionSource<TimeSpan> Waited { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _now += 55;

        public void Fire() => _fire!();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            _fire = () => callback(state);
            Waited.TrySetResult(dueTime);
            return new NoTimer();
        }

        private sealed class NoTimer : ITimer
        {
            public bool Change(TimeSpan dueTime, TimeSpan period) => true;

            public void Dispose()
            {
            }

            public ValueTask DisposeAsync() => ValueTask.CompletedTask;
        }
    }
}
