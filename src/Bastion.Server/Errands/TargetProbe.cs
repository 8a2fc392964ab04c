using System.Net.Sockets;
using System.Text;
using Bastion.Policy;
using Bastion.Storage;
using Renci.SshNet;
using Renci.SshNet.Common;
using ConnectionInfo = Renci.SshNet.ConnectionInfo;

namespace Bastion.Server.Errands;

/// <summary>What a look at one account of a target found; <paramref name="Text"/> says what to mend where it is not
/// good.</summary>
public sealed record ProbeResult(bool Good, string Text);

/// <summary>
/// The gateway's own look at a target, on nobody's behalf: does it answer, does it show a pinned host key, does the
/// credential log in. A client of its own (SSH.NET), so that it also tells a fault of the target from one of the relay.
/// </summary>
public static class TargetProbe
{
    /// <summary>For the connection and the login together; nobody waits longer for a check of many targets.</summary>
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public static async Task<ProbeResult> LookAsync(
        Target target, string account, TargetCredential credential, CancellationToken cancellationToken)
    {
        string? shown = null;
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Deadline);
        try
        {
            using AuthenticationMethod method = MethodFor(account, credential);
            var connection = new ConnectionInfo(target.Host, target.Port, account, method) { Timeout = Deadline };
            OfferOnlyPinnedKinds(connection, target);
            using var client = new SshClient(connection);
            client.HostKeyReceived += (_, key) =>
            {
                string text = $"{key.HostKeyName} {Convert.ToBase64String(key.HostKey)}";
                key.CanTrust = target.HostKeys.Any(pinned => BlobOf(pinned) == BlobOf(text));
                shown = key.CanTrust ? null : $"SHA256:{key.FingerPrintSHA256}";
            };
            await client.ConnectAsync(deadline.Token);
            return new ProbeResult(true, "host key and login are right");
        }
        catch (Exception) when (shown is not null)
        {
            return new ProbeResult(false,
                $"shows the host key {shown}, which is not the pinned one; find out why before you change `host-keys`");
        }
        catch (SshAuthenticationException)
        {
            return new ProbeResult(false,
                $"does not accept `{credential.Name}` for `{account}`; add its public half to the account's "
                    + "authorized_keys");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new ProbeResult(false, $"does not answer within {Deadline.TotalSeconds:0} s");
        }
        catch (Exception failure) when (failure is SshException or SocketException or IOException)
        {
            return new ProbeResult(false, $"cannot be reached: {failure.Message}");
        }
    }

    private static AuthenticationMethod MethodFor(string account, TargetCredential credential)
    {
        if (credential.Kind == CredentialKind.Password)
        {
            return new PasswordAuthenticationMethod(account, Encoding.UTF8.GetString(credential.Secret.Span));
        }

        using var text = new MemoryStream(credential.Secret.ToArray());
        return new PrivateKeyAuthenticationMethod(account, new PrivateKeyFile(text));
    }

    /// <summary>A target with several keys then shows the one that is pinned.</summary>
    private static void OfferOnlyPinnedKinds(ConnectionInfo connection, Target target)
    {
        var kinds = target.HostKeys.Select(pinned => pinned.Split(' ')[0]).ToHashSet(StringComparer.Ordinal);
        foreach (string offered in connection.HostKeyAlgorithms.Keys.ToArray())
        {
            string kind = offered is "rsa-sha2-256" or "rsa-sha2-512" ? "ssh-rsa" : offered;
            if (kinds.Count > 0 && (offered == "ssh-rsa" || !kinds.Contains(kind)))
            {
                connection.HostKeyAlgorithms.Remove(offered);
            }
        }
    }

    private static string BlobOf(string key) => key.Split(' ') is [_, var blob, ..] ? blob : "";
}
