using System.Diagnostics.CodeAnalysis;

namespace Bastion.Server.Ssh;

/// <summary>
/// What an SSH user name asks for: `alice` (who am I, where may I go), `alice+orders-db`, or `alice+root@orders-db`.
/// </summary>
internal sealed record LoginName(string User, string? Target, string? Account)
{
    public static bool TryParse(string text, [NotNullWhen(true)] out LoginName? name)
    {
        name = null;
        int plus = text.IndexOf('+', StringComparison.Ordinal);
        if (plus < 0)
        {
            name = text.Length == 0 ? null : new LoginName(text, null, null);
            return name is not null;
        }

        string user = text[..plus];
        string rest = text[(plus + 1)..];
        int at = rest.LastIndexOf('@');
        string? account = at < 0 ? null : rest[..at];
        string target = rest[(at + 1)..];
        if (user.Length == 0 || target.Length == 0 || account is "")
        {
            return false;
        }

        name = new LoginName(user, target, account);
        return true;
    }
}
