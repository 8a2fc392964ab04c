using System.Text;
using System.Text.RegularExpressions;

namespace Bastion.Audit.Masking;

/// <summary>
/// Hides keys, tokens and passwords in text that is listed, searched and sent elsewhere. It knows how secrets are
/// usually written, so it misses some and hides a word too many now and then: an aid for readers, not a wall. The
/// record itself is never changed.
/// </summary>
public static class SecretMask
{
    public const string Mark = "[masked]";

    /// <summary>Names under which secrets are assigned: `DB_PASSWORD=…`, `"apiKey": …`, `--client-secret …`.</summary>
    private const string SecretName =
        @"(?:password|passwd|passphrase|pwd|secret|token|api_?-?key|access_?-?key|private_?-?key|account_?-?key|credentials?)";

    /// <summary>A value in quotes, or up to where a shell or JSON would end it.</summary>
    private const string Value = @"(?:""(?<s>[^""]+)""|'(?<s>[^']+)'|(?<s>[^\s""'&;|<>,}]+))";

    /// <summary>What the secret is stands in the group `s`; without one it is the whole match.</summary>
    private static readonly Regex[] Patterns =
    [
        // Keys in PEM, also when their line feeds are written as \n.
        Pattern(@"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----(?<s>.+?)(?:-----END|$)"),
        Pattern(@"PuTTY-User-Key-File-\d(?<s>.+)"),

        // HTTP, and what clients call its header.
        Pattern(@"\b(?:proxy-)?authorization\b[""']?\s*[:=]\s*[""']?(?:(?:bearer|basic|digest|token|negotiate|apikey|aws4-hmac-sha256)\s+)?(?<s>[^\s""',]+)"),
        Pattern(@"\bbearer\s+(?<s>[a-z0-9._~+/=-]{8,})"),
        Pattern(@"\b(?:x-api-key|x-auth-token|x-vault-token|private-token|cookie|set-cookie)\b[""']?\s*:\s*(?<s>[^""'\r\n]+)"),
        Pattern(@"\b[a-z][a-z0-9+.-]*://[^\s/:@""']*:(?<s>[^\s/@""']+)@"),
        Pattern(@"\b(?:curl|wget|http|https)\b[^|;&\n]*?\s(?:-u|--user)[\s=]*[""']?[^\s:""']+:(?<s>[^\s""']+)"),

        // Assignments and options.
        Pattern(@"(?:^|[^a-z0-9])[a-z0-9_.-]*" + SecretName + @"[a-z0-9_.-]*[""']?\s*(?::=|=>|=|:)\s*" + Value),
        Pattern(@"\s--?[a-z0-9-]*" + SecretName
            + @"[a-z0-9-]*(?:\s+|=)(?<s>""[^""]+""|'[^']+'|[^\s""'&;|<>-][^\s""'&;|<>]*)"),

        // Programs with options of their own.
        Pattern(@"\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlsh|mariadb|mariadb-dump|mariadb-admin)\b[^|;&\n]*?\s-p(?<s>[^\s""']+|""[^""]+""|'[^']+')"),
        Pattern(@"\bsshpass\s+-p\s*(?<s>""[^""]+""|'[^']+'|\S+)"),
        Pattern(@"\b(?:redis-cli|valkey-cli)\b[^|;&\n]*?\s(?:-a|--pass)\s*(?<s>""[^""]+""|'[^']+'|\S+)"),
        Pattern(@"\b(?:mongo|mongosh|mongodump|mongorestore|docker\s+login|podman\s+login|helm\s+registry\s+login|ldapsearch|smbclient|sqlcmd|kinit)\b[^|;&\n]*?\s-[pPw]\s*(?<s>""[^""]+""|'[^']+'|[^\s-]\S*)"),
        Pattern(@"\bpass:(?<s>[^\s""']+)"),
        Pattern(@"\baws_(?:secret_access_key|session_token)\s+(?<s>[^\s""']+)"),
        Pattern(@"\b(?:echo|printf)\s+(?:-\w+\s+)*[""']?[^\s:""']+:(?<s>[^\s""'|]+)[""']?\s*\|\s*(?:sudo\s+)?chpasswd"),
        Pattern(@"\b(?:echo|printf)\s+(?:-\w+\s+)*(?<s>""[^""]+""|'[^']+'|[^\s|]+)\s*\|\s*(?:sudo\s+(?:-\S+\s+)*-S|passwd\b|cryptsetup\b|\S*su\b)"),

        // SQL.
        Pattern(@"\bidentified\s+(?:with\s+\S+\s+)?(?:by|as)\s+(?:password\s+)?(?<s>'[^']*'|""[^""]*"")"),
        Pattern(@"\bpassword\s+(?<s>'[^']*')"),
        Pattern(@"\bpassword\s*\(\s*(?<s>'[^']*')"),

        // Tokens that say what they are.
        Exact(@"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?"),
        Exact(@"\b(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}\b"),
        Exact(@"\b(?:LTAI[A-Za-z0-9]{12,26}|AKID[A-Za-z0-9]{13,40})\b"),
        Exact(@"\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,})"),
        Exact(@"\b(?:xox[abeprs]-[A-Za-z0-9-]{10,}|AIza[A-Za-z0-9_-]{30,}|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}|sk-[A-Za-z0-9_-]{20,}|hv[sb]\.[A-Za-z0-9_-]{20,})"),
    ];

    /// <summary>The text with every secret it recognizes replaced by <see cref="Mark"/>; the same object when there is
    /// none.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Span>? secrets = null;
        foreach (Regex pattern in Patterns)
        {
            for (Match match = pattern.Match(text); match.Success; match = match.NextMatch())
            {
                Group group = match.Groups["s"] is { Success: true } named ? named : match;
                (secrets ??= []).Add(new Span(group.Index, group.Index + group.Length));
            }
        }

        return secrets is null ? text : Replace(text, secrets);
    }

    private static string Replace(string text, List<Span> secrets)
    {
        secrets.Sort((left, right) => left.Start.CompareTo(right.Start));
        var masked = new StringBuilder(text.Length);
        int position = 0;
        foreach (Span secret in secrets)
        {
            if (secret.End <= position)
            {
                continue;
            }

            if (secret.Start >= position)
            {
                masked.Append(text, position, secret.Start - position).Append(Mark);
            }

            position = secret.End;
        }

        return masked.Append(text, position, text.Length - position).ToString();
    }

    private static Regex Pattern(string pattern) => New(pattern, RegexOptions.IgnoreCase);

    private static Regex Exact(string pattern) => New(pattern, RegexOptions.None);

    // The text is a stranger's: matching must take time in proportion to its length, whatever it says.
    private static Regex New(string pattern, RegexOptions options) =>
        new(pattern, options | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline);

    private readonly record struct Span(int Start, int End);
}
