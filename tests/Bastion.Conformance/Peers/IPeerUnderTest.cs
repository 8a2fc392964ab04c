namespace Bastion.Conformance.Peers;

/// <summary>Something of ours that a stock client connects to.</summary>
internal interface IPeerUnderTest
{
    TestKeyRing Keys { get; }

    int Port { get; }

    string KnownHosts { get; }

    /// <summary>The login name; a gateway's also names the target.</summary>
    string User { get; }

    /// <summary>A directory that commands and file transfers may write to.</summary>
    string Home { get; }

    /// <summary>Connections that logged in so far.</summary>
    Task<int> CountLoginsAsync();

    /// <summary>
    /// `ssh` with nothing taken from the machine's own configuration. OpenSSH keeps the first value that it is given:
    /// options of a test go in front.
    /// </summary>
    string[] SshOptions(string key) =>
    [
        "-F", "none", "-o", $"UserKnownHostsFile={KnownHosts}", "-o", "GlobalKnownHostsFile=none", "-o",
        "StrictHostKeyChecking=yes",
        "-o", "UpdateHostKeys=no", "-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-i",
        Keys.PathOf(key),
    ];

    Task<ProgramResult> SshAsync(IEnumerable<string> options, string command, byte[]? input = null,
        string key = "ed25519", string? user = null) =>
        StockProgram.RunAsync("ssh",
        [.. options, .. SshOptions(key), "-p", $"{Port}", $"{user ?? User}@127.0.0.1", command], input);
}
