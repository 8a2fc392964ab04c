using System.Text;
using Renci.SshNet;

namespace Bastion.Conformance;

/// <summary>SSH.NET against our server role with its default algorithms.</summary>
[Collection(nameof(ServerRole))]
public sealed class SshNetClientTests(ServerRole role)
{
    [Theory]
    [InlineData("ed25519")]
    [InlineData("ecdsa256")]
    [InlineData("rsa")]
    public void Commands_run_and_the_host_key_is_the_expected_one(string key)
    {
        using var client = new SshClient(Connection(key));
        string? fingerprint = null;
        client.HostKeyReceived += (_, e) =>
        {
            fingerprint = "SHA256:" + e.FingerPrintSHA256.TrimEnd('=');
            e.CanTrust = true;
        };
        client.Connect();
        using SshCommand command = client.RunCommand("echo out; echo problem >&2; exit 6");

        Assert.Equal((6, "out\n", "problem\n"), (command.ExitStatus, command.Result, command.Error));
        Assert.Contains(fingerprint,
            Peers.TestKeyRing.PlainKeyNames.Select(name => role.Keys.HostKey(name).Fingerprint));
    }

    /// <summary>The one stock program at hand that speaks the ML-KEM hybrid: OpenSSH has it from 9.9 on.</summary>
    [Theory]
    [InlineData("mlkem768x25519-sha256")]
    [InlineData("sntrup761x25519-sha512")]
    [InlineData("curve25519-sha256")]
    [InlineData("diffie-hellman-group16-sha512")]
    public void Keys_are_exchanged_by(string method)
    {
        ConnectionInfo connection = Connection("ed25519");
        foreach (string other in connection.KeyExchangeAlgorithms.Keys.Where(name => name != method).ToArray())
        {
            connection.KeyExchangeAlgorithms.Remove(other);
        }

        using var client = new SshClient(connection);
        client.Connect();
        Assert.Equal(method, client.ConnectionInfo.CurrentKeyExchangeAlgorithm);
        Assert.Equal("in\n", client.RunCommand("echo in").Result);
    }

    [Fact]
    public void Files_are_carried_both_ways()
    {
        using var client = new SftpClient(Connection("ed25519"));
        client.Connect();
        string name = Path.Combine(role.DefaultServer.Home, "sshnet");
        client.UploadFile(new MemoryStream(ServerRole.Noise), name);
        using var back = new MemoryStream();
        client.DownloadFile(name, back);
        client.DeleteFile(name);

        Assert.Equal(ServerRole.Noise, back.ToArray());
    }

    [Fact]
    public void Code_is_asked_for_after_the_key()
    {
        var interactive = new KeyboardInteractiveAuthenticationMethod("coded");
        interactive.AuthenticationPrompt += (_, e) =>
        {
            foreach (Renci.SshNet.Common.AuthenticationPrompt prompt in e.Prompts)
            {
                prompt.Response = "123456";
            }
        };
        using var client = new SshClient(new ConnectionInfo(
            "127.0.0.1", role.DefaultServer.Port, "coded",
            new PrivateKeyAuthenticationMethod("coded", new PrivateKeyFile(role.Keys.PathOf("ed25519"))), interactive));
        client.Connect();
        Assert.Equal("in\n", client.RunCommand("echo in").Result);
    }

    private ConnectionInfo Connection(string key) => new(
        "127.0.0.1", role.DefaultServer.Port, Peers.TestKeyRing.User,
        new PrivateKeyAuthenticationMethod(Peers.TestKeyRing.User, new PrivateKeyFile(role.Keys.PathOf(key))))
    {
        Encoding = Encoding.UTF8,
    };
}
