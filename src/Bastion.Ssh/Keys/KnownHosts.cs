using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Bastion.Ssh.Keys;

public enum KnownHostResult
{
    /// <summary>Nothing is known of this host: never a reason to connect.</summary>
    Unknown,

    /// <summary>The key, or an authority that certified it for this name, is listed.</summary>
    Trusted,

    /// <summary>Other keys are listed for this host.</summary>
    Changed,

    /// <summary>The key, or its authority, is marked `@revoked`.</summary>
    Revoked,
}

/// <summary>
/// A known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT): plain, patterned, `[host]:port` and hashed names,
/// `@cert-authority` and `@revoked` lines. Lines that cannot be read are errors: skipping one could lose a revocation.
/// </summary>
public sealed class KnownHosts
{
    private const int DefaultPort = 22;

    private readonly List<Entry> _entries;

    private KnownHosts(List<Entry> entries) => _entries = entries;

    private enum Mark
    {
        None,
        CertificateAuthority,
        Revoked,
    }

    /// <param name="file">Named in errors.</param>
    /// <exception cref="SshKeyException">`file:line: …`. A line with a key of a kind that is not taken is passed over
    /// unless it is marked: ssh-keyscan writes them beside the others.</exception>
    public static KnownHosts Parse(string text, string file)
    {
        List<Entry> entries = [];
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            if (ParseLine(line, $"{file}:{number}") is { } entry)
            {
                entries.Add(entry);
            }
        }

        return new KnownHosts(entries);
    }

    /// <summary>One line for this host and key, to be appended to a file.</summary>
    public static string Line(string host, int port, SshPublicKey key) => $"{NameOf(host, port)} {key}";

    /// <summary>What the file says of a key or certificate that this host showed.</summary>
    /// <param name="reason">One line for a person when not trusted.</param>
    public KnownHostResult Check(string host, int port, SshPublicKey key, TimeProvider timeProvider, out string? reason)
    {
        string name = NameOf(host, port);
        SshPublicKey plain = key is OpenSshCertificate certificate ? certificate.CertifiedKey : key;
        List<Entry> ofHost = [.. _entries.Where(entry => entry.Names(name))];
        bool revoked = ofHost.Any(entry => entry.Mark == Mark.Revoked
            && (entry.Key.Equals(plain) || (key is OpenSshCertificate shown && entry.Key.Equals(shown.Authority))));
        if (revoked)
        {
            reason = $"the host key {plain.Fingerprint} of `{name}` is marked as revoked";
            return KnownHostResult.Revoked;
        }

        if (ofHost.Any(entry => entry.Mark == Mark.None && entry.Key.Equals(plain)))
        {
            reason = null;
            return KnownHostResult.Trusted;
        }

        if (key is OpenSshCertificate offered)
        {
            var checker = new CertificateChecker(
                [.. ofHost.Where(entry => entry.Mark == Mark.CertificateAuthority).Select(entry => entry.Key)],
                timeProvider);
            if (checker.CheckHost(offered, host, out reason) is not null)
            {
                return KnownHostResult.Trusted;
            }
        }
        else
        {
            reason = $"no host key of `{name}` is known";
        }

        bool others = ofHost.Any(entry => entry.Mark == Mark.None);
        reason = others ? $"the host key of `{name}` is not the known one; it is now {plain.Fingerprint}" : reason;
        return others ? KnownHostResult.Changed : KnownHostResult.Unknown;
    }

    /// <summary>Host key types listed for this host, so that a client can ask for one that it can check.</summary>
    public IReadOnlyList<string> KeyTypes(string host, int port) =>
        [.. _entries.Where(entry => entry.Mark == Mark.None && entry.Names(NameOf(host, port)))
        .Select(entry => entry.Key.KeyType).Distinct()];

    private static string NameOf(string host, int port) =>
        port == DefaultPort ? host.ToLowerInvariant() : $"[{host.ToLowerInvariant()}]:{port}";

    private static Entry? ParseLine(string line, string place)
    {
        string[] fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
        Mark mark = fields[0] switch
        {
            "@cert-authority" => Mark.CertificateAuthority,
            "@revoked" => Mark.Revoked,
            _ when fields[0][0] == '@' => throw new SshKeyException(
                $"{place}: the marker is not known, expected `@cert-authority` or `@revoked`"),
            _ => Mark.None,
        };
        int first = mark == Mark.None ? 0 : 1;
        if (fields.Length < first + 3 || !PublicKeyParser.TryDecode(fields[first + 2], out byte[]? blob))
        {
            throw new SshKeyException($"{place}: expected `names type base64 [comment]`");
        }

        if (SshPublicKey.TryParse(blob, out SshPublicKey? key) && key is not OpenSshCertificate)
        {
            return new Entry(mark, fields[first], key);
        }

        return mark == Mark.None
            ? null
            : throw new SshKeyException($"{place}: the key of a marked line cannot be read");
    }

    private sealed class Entry(Mark mark, string names, SshPublicKey key)
    {
        private readonly string[] _patterns = names.Split(',');

        public Mark Mark { get; } = mark;

        public SshPublicKey Key { get; } = key;

        public bool Names(string name)
        {
            bool matched = false;
            foreach (string pattern in _patterns)
            {
                if (pattern.StartsWith('!'))
                {
                    if (Matches(pattern.AsSpan(1), name))
                    {
                        return false;
                    }
                }
                else
                {
                    matched |= pattern.StartsWith("|1|", StringComparison.Ordinal)
                        ? MatchesHash(pattern, name)
                        : Matches(pattern, name);
                }
            }

            return matched;
        }

        /// <summary>|1|salt|HMAC-SHA1(salt, name), base64 both. It hides names; it authenticates nothing.</summary>
        [SuppressMessage("Security", "CA5350", Justification = "the file format names HMAC-SHA1")]
        private static bool MatchesHash(string pattern, string name)
        {
            string[] parts = pattern.Split('|');
            return parts.Length == 4
                && PublicKeyParser.TryDecode(parts[2], out byte[]? salt)
                && PublicKeyParser.TryDecode(parts[3], out byte[]? hash)
                && CryptographicOperations.FixedTimeEquals(HMACSHA1.HashData(salt, Encoding.UTF8.GetBytes(name)), hash);
        }

        /// <summary>`*` for any run and `?` for one character, without regard to case.</summary>
        private static bool Matches(ReadOnlySpan<char> pattern, ReadOnlySpan<char> name)
        {
            int p = 0;
            int n = 0;
            int star = -1;
            int retry = 0;
            while (n < name.Length)
            {
                if (p < pattern.Length && pattern[p] == '*')
                {
                    star = p++;
                    retry = n;
                }
                else if (p < pattern.Length && (pattern[p] == '?' || char.ToLowerInvariant(pattern[p]) == name[n]))
                {
                    p++;
                    n++;
                }
                else if (star >= 0)
                {
                    p = star + 1;
                    n = ++retry;
                }
                else
                {
                    return false;
                }
            }

            return pattern[p..].TrimStart('*').IsEmpty;
        }
    }
}
