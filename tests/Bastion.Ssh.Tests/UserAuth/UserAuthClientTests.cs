using System.Text;
using Bastion.Ssh.Keys;
using Bastion.Ssh.Tests.Connection;
using Bastion.Ssh.Tests.Keys;
using Bastion.Ssh.Transport;
using Bastion.Ssh.UserAuth;
using Bastion.Ssh.Wire;

namespace Bastion.Ssh.Tests.UserAuth;

public sealed class UserAuthClientTests
{
    private static readonly UserAuthServerOptions AllMethods = new()
    {
        Methods = [UserAuthMethod.PublicKey, UserAuthMethod.Password, UserAuthMethod.KeyboardInteractive],
        Limits = new UserAuthLimits { FailureSlot = TimeSpan.Zero },
    };

    [Theory]
    [InlineData("ed25519", null, "ssh-ed25519")]
    [InlineData("rsa2048", null, "rsa-sha2-256")]
    [InlineData("rsa2048", "rsa-sha2-512,rsa-sha2-256", "rsa-sha2-512")]
    [InlineData("rsa2048", "ssh-ed25519,rsa-sha2-256", "rsa-sha2-256")]
    public async Task Key_signs_with_the_best_algorithm_that_the_peer_takes(string name, string? serverSigAlgs,
    string expected)
    {
        using SshPrivateKey key = TestKeys.Private(name);
        var login = new Login()
        {
            Authenticator = new TestAuthenticator { Keys = { key.PublicKey } },
            ServerSigAlgs = serverSigAlgs,
        };
        UserAuthOutcome outcome = await login.RunAsync(new KeyCredential(key));

        Assert.True(outcome.Succeeded);
        Assert.Equal($"publickey {expected} {key.PublicKey.Fingerprint} accepted", Assert.Single(outcome.Attempts));
    }

    [Fact]
    public async Task Key_that_the_peer_cannot_check_is_not_tried()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        var login = new Login() { ServerSigAlgs = "rsa-sha2-256" };
        UserAuthOutcome outcome = await login.RunAsync(new KeyCredential(key));

        Assert.False(outcome.Succeeded);
        Assert.Contains("not tried, the peer takes none of ssh-ed25519", outcome.Explain(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_bound_is_used_when_the_peer_offers_it()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        var login = new Login() { HostBound = true };
        Assert.True((await login.RunAsync(new KeyCredential(key))).Succeeded);
        Assert.True((await login.Server!).Completed[0].Key?.HostBound);
    }

    [Fact]
    public async Task Certificate_logs_in()
    {
        using SshPrivateKey key = TestKeys.Private("ecdsa521");
        var login = new Login()
        {
            Authenticator = new TestAuthenticator
            {
                Keys = [],
                CertificateAuthorities = [TestKeys.Public("authority")],
            },
        };
        Assert.True((await login.RunAsync(
            new KeyCredential(new CertificateSigner(key, TestKeys.Certificate("cert-ecdsa"))))).Succeeded);
    }

    [Fact]
    public async Task Credentials_are_tried_in_order_until_one_is_taken()
    {
        using SshPrivateKey wrong = TestKeys.Private("ecdsa256");
        using SshPrivateKey right = TestKeys.Private("ed25519");
        UserAuthOutcome outcome = await new Login().RunAsync(new KeyCredential(wrong), new PasswordCredential("wrong"),
            new KeyCredential(right));

        Assert.True(outcome.Succeeded);
        Assert.Equal(3, outcome.Attempts.Count);
    }

    [Fact]
    public async Task Partial_success_is_followed_with_the_credentials_left()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        var login = new Login() { Authenticator = new TestAuthenticator { AfterKey = ["keyboard-interactive"] } };
        UserAuthOutcome outcome = await login.RunAsync(
            new KeyCredential(key),
            new InteractiveCredential((_, _, prompts, _) =>
                ValueTask.FromResult<IReadOnlyList<string>>([.. prompts.Select(_ => TestAuthenticator.Code)])));

        Assert.True(outcome.Succeeded);
        Assert.True(outcome.PartialSuccess);
    }

    [Fact]
    public async Task Refusal_names_what_would_still_be_taken()
    {
        UserAuthOutcome outcome = await new Login().RunAsync(new PasswordCredential("wrong"));

        Assert.False(outcome.Succeeded);
        Assert.Equal(["publickey", "password", "keyboard-interactive"], outcome.Methods);
        Assert.Equal("password refused; the peer would take publickey, password, keyboard-interactive",
            outcome.Explain());
    }

    [Fact]
    public async Task Password_answers_a_single_hidden_prompt_where_only_prompts_are_taken()
    {
        var login = new Login()
        {
            Options = AllMethods with { Methods = [UserAuthMethod.KeyboardInteractive] },
            Authenticator = new TestAuthenticator
            {
                Conversation = async (prompter, cancellationToken) =>
                {
                    IReadOnlyList<string> answers =
                        await prompter.AskAsync("", "", [new("Password: ", false)], cancellationToken);
                    return answers[0] == TestAuthenticator.Password
                        ? UserAuthDecision.Accept()
                        : UserAuthDecision.Refuse("no");
                },
            },
        };
        Assert.True((await login.RunAsync(new PasswordCredential(TestAuthenticator.Password))).Succeeded);
    }

    [Fact]
    public async Task Password_is_never_given_to_a_prompt_that_echoes_nor_twice()
    {
        List<string> given = [];
        var login = new Login()
        {
            Options = AllMethods with { Methods = [UserAuthMethod.KeyboardInteractive] },
            Authenticator = new TestAuthenticator
            {
                Conversation = async (prompter, cancellationToken) =>
                {
                    given.AddRange(await prompter.AskAsync("", "",
                        [new("Name: ", true), new("Password: ", false), new("Again: ", false)], cancellationToken));
                    given.AddRange(await prompter.AskAsync("", "", [new("Password: ", false)], cancellationToken));
                    return UserAuthDecision.Refuse("no");
                },
            },
        };
        Assert.False((await login.RunAsync(new PasswordCredential("secret"))).Succeeded);
        Assert.Equal(["", "secret", "", ""], given);
    }

    [Fact]
    public async Task Banner_reaches_the_outcome_cleaned()
    {
        using SshPrivateKey key = TestKeys.Private("ed25519");
        var login = new Login() { Options = AllMethods with { Banner = "Welcome\u001b[2J" } };
        Assert.Equal("Welcome\\e[2J", (await login.RunAsync(new KeyCredential(key))).Banner);
    }

    [Fact]
    public async Task Expired_password_is_said_to_be_expired()
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        Task<UserAuthOutcome> run =
            new UserAuthClient(client, "alice", [new PasswordCredential("x")]).RunAsync(default);
        await server.ReceiveAsync(MessageNumber.ServiceRequest);
        server.Send(m => m.Number(MessageNumber.ServiceAccept).String("ssh-userauth"));
        await server.ReceiveAsync(MessageNumber.UserAuthRequest);
        server.Send(m => m.Number(MessageNumber.UserAuthMethod60).String("New password:").String(""));

        Assert.Contains("expired", (await run.WaitAsync(TimeSpan.FromSeconds(10))).Explain(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData((byte)MessageNumber.UserAuthMethod60)]
    [InlineData((byte)MessageNumber.ChannelOpen)]
    [InlineData((byte)MessageNumber.UserAuthRequest)]
    public async Task Answer_out_of_order_from_a_hostile_target_ends_the_login(byte number)
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        using SshPrivateKey key = TestKeys.Private("ed25519");
        Task<UserAuthOutcome> run = new UserAuthClient(client, "alice", [new KeyCredential(key)]).RunAsync(default);
        await server.ReceiveAsync(MessageNumber.ServiceRequest);
        server.Send(m => m.Number(MessageNumber.ServiceAccept).String("ssh-userauth"));
        await server.ReceiveAsync(MessageNumber.UserAuthRequest);
        server.Send(m => m.Bytes([number]));

        await Assert.ThrowsAsync<SshDisconnectException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Banner_flood_from_a_hostile_target_ends_the_login()
    {
        (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
        Task<UserAuthOutcome> run =
            new UserAuthClient(client, "alice", [new PasswordCredential("x")]).RunAsync(default);
        await server.ReceiveAsync(MessageNumber.ServiceRequest);
        server.Send(m => m.Number(MessageNumber.ServiceAccept).String("ssh-userauth"));
        for (int count = 0; count < 100; count++)
        {
            server.Send(m => m.Number(MessageNumber.UserAuthBanner).String(new string('x', 10_000)).String(""));
        }

        await Assert.ThrowsAsync<SshDisconnectException>(() => run.WaitAsync(TimeSpan.FromSeconds(10)));
    }

    /// <summary>Our client against our server.</summary>
    private sealed class Login
    {
        public TestAuthenticator Authenticator { get; init; } = new();

        public UserAuthServerOptions Options { get; init; } = AllMethods;

        public string? ServerSigAlgs { get; init; }

        public bool HostBound { get; init; }

        public Task<AuthenticatedUser>? Server { get; private set; }

        public async Task<UserAuthOutcome> RunAsync(params SshCredential[] credentials)
        {
            (MemoryTransport client, MemoryTransport server) = MemoryTransport.CreatePair();
            client.HostKeyBlob = server.HostKeyBlob = ScriptedLogin.HostKey;
            Dictionary<string, byte[]> extensions = [];
            if (ServerSigAlgs is not null)
            {
                extensions["server-sig-algs"] = Encoding.ASCII.GetBytes(ServerSigAlgs);
            }

            if (HostBound)
            {
                extensions["publickey-hostbound@openssh.com"] = "0"u8.ToArray();
            }

            client.PeerExtensions = extensions;
            Server = new UserAuthServer(server, Authenticator, Options).RunAsync(default);
            UserAuthOutcome outcome = await new UserAuthClient(client, "alice", credentials).RunAsync(default)
                .WaitAsync(TimeSpan.FromSeconds(20));
            if (outcome.Succeeded)
            {
                await Server.WaitAsync(TimeSpan.FromSeconds(10));
                Assert.Equal(SshPhase.Connection, client.Phase);
            }
            else
            {
                await client.DisposeAsync();
                await Assert.ThrowsAsync<SshDisconnectException>(() => Server.WaitAsync(TimeSpan.FromSeconds(10)));
            }

            return outcome;
        }
    }
}
