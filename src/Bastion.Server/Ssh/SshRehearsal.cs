using System.IO.Pipelines;
using Bastion.Ssh;
using Bastion.Ssh.Keys;
using Bastion.Ssh.UserAuth;

namespace Bastion.Server.Ssh;

/// <summary>
/// Logs in to the front door's own algorithms once, in memory, before anybody else can: what is compiled and loaded by
/// it the first engineer need not wait for, and a gateway whose keys or ciphers do not work does not start.
/// </summary>
internal sealed class SshRehearsal(SshServerOptions options) : IHostedService
{
    private const string Nobody = "rehearsal";

    /// <summary>For the ciphers and key exchanges that most logins use: those of clients, then those towards
    /// targets.</summary>
    private static readonly SshAlgorithms[] Usual =
    [
        SshAlgorithms.ForClient with
        {
            KeyExchange = SshAlgorithms.ForServer.KeyExchange,
            Cipher = SshAlgorithms.ForServer.Cipher,
        },
        SshAlgorithms.ForClient,
    ];

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (SshAlgorithms algorithms in Usual)
        {
            await LogInAsync(algorithms, cancellationToken);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task LogInAsync(SshAlgorithms algorithms, CancellationToken cancellationToken)
    {
        var key = SshPrivateKey.Generate(SshKeyKind.Ed25519);
        var up = new Pipe();
        var down = new Pipe();
        Task serving = ServeAsync(new Ends(up.Reader, down.Writer), new OneKey(key.PublicKey), cancellationToken);
        await using SshClient client = await SshClient.ConnectAsync(
            new Ends(down.Reader, up.Writer),
            new SshClientOptions
            {
                Algorithms = algorithms,
                TimeProvider = options.TimeProvider,
                VerifyHostKey =
                    (shown, _) => ValueTask.FromResult(options.HostKeys.Any(own => own.PublicKey.Equals(shown))),
            },
            cancellationToken);
        (SshConnection? connection, UserAuthOutcome outcome) =
            await client.AuthenticateAsync(Nobody, [new KeyCredential(key)], cancellationToken);
        await using (connection
            ?? throw new InvalidOperationException($"the front door refuses itself: {outcome.Explain()}"))
        {
            Channel channel = await connection.OpenChannelAsync(ChannelTypes.Session, default, cancellationToken);
            await channel.RequestAsync(RequestNames.Exec, ExecRequest.Format("true"u8), cancellationToken);
            while ((await channel.ReadAsync(cancellationToken)).Kind is not (ChannelItemKind.Close
                or ChannelItemKind.Disconnected))
            {
                // Its answer, to the end.
            }

            await channel.CloseAsync();
        }

        await serving;
    }

    private async Task ServeAsync(IDuplexPipe pipe, OneKey authenticator, CancellationToken cancellationToken)
    {
        (SshConnection connection, _) = await SshServer.AcceptAsync(
            pipe, options, new UserAuthServerOptions
            {
                Methods = [UserAuthMethod.PublicKey],
                TimeProvider = options.TimeProvider,
            },
            authenticator, cancellationToken);
        await using (connection)
        {
            if (await connection.AcceptAsync(cancellationToken) is not ChannelOpenRequest open)
            {
                return;
            }

            Channel channel = await open.AcceptAsync(cancellationToken);
            await channel.ReadAsync(cancellationToken);
            await channel.ReplyAsync(success: true, cancellationToken);
            await channel.WriteAsync("rehearsed\n"u8.ToArray(), cancellationToken);
            await channel.SendRequestAsync(RequestNames.ExitStatus, wantReply: false, ExitStatus.Format(0),
                cancellationToken);
            await channel.CloseAsync();
            await connection.Completion.WaitAsync(cancellationToken);
        }
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    /// <summary>Lets in the key that was made for it, and nobody else; nothing of it is on record, for nobody was
    /// there.</summary>
    private sealed class OneKey(SshPublicKey key) : IUserAuthenticator
    {
        public ValueTask<UserAuthDecision> AuthenticateKeyAsync(
            UserAuthContext context, VerifiedKey shown, CancellationToken cancellationToken) =>
            ValueTask.FromResult(shown.Key.Equals(key)
            ? UserAuthDecision.Accept()
            : UserAuthDecision.Refuse("not the key of the rehearsal"));

        public ValueTask RecordAsync(UserAuthEvent login, CancellationToken cancellationToken) => default;
    }
}
