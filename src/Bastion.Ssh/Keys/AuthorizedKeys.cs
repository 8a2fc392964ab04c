namespace Bastion.Ssh.Keys;

/// <param name="Options">`name` → value, `null` for a flag; names in lower case (sshd(8), AUTHORIZED_KEYS FILE
/// FORMAT).</param>
/// <param name="Line">Counted from 1.</param>
public sealed record AuthorizedKey(
    SshPublicKey Key, IReadOnlyList<KeyValuePair<string, string?>> Options, string Comment, int Line);

/// <summary>Lines of an authorized_keys file: `[options] type base64 [comment]`.</summary>
public static class AuthorizedKeys
{
    /// <param name="file">Named in errors.</param>
    /// <exception cref="SshKeyException">`file:line: …` for the first line that is neither a key, a comment nor
    /// empty.</exception>
    public static IReadOnlyList<AuthorizedKey> Parse(string text, string file)
    {
        List<AuthorizedKey> keys = [];
        int number = 0;
        foreach (string raw in text.Split('\n'))
        {
            number++;
            string line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
            {
                continue;
            }

            try
            {
                keys.Add(ParseLine(line, number));
            }
            catch (SshKeyException failure)
            {
                throw new SshKeyException($"{file}:{number}: {failure.Message}", failure);
            }
        }

        return keys;
    }

    private static AuthorizedKey ParseLine(string line, int number)
    {
        List<KeyValuePair<string, string?>> options = [];
        string rest = line;
        if (!StartsWithKeyType(line))
        {
            rest = ReadOptions(line, options).TrimStart();
        }

        var key = SshPublicKey.ParseText(rest);
        string[] fields = rest.Split([' ', '\t'], 3, StringSplitOptions.RemoveEmptyEntries);
        return new AuthorizedKey(key, options, fields.Length > 2 ? fields[2] : "", number);
    }

    private static bool StartsWithKeyType(string line)
    {
        int end = line.AsSpan().IndexOfAny(' ', '\t');
        string first = end < 0 ? line : line[..end];
        string plain = SshSignatureAlgorithms.PlainOf(first);
        return plain is "ssh-rsa" or "ssh-dss" || SshSignatureAlgorithms.UserKeys.Contains(plain);
    }

    /// <summary>Comma-separated; a value is in double quotes, in which \" stands for a quote. Ends at unquoted white
    /// space.</summary>
    private static string ReadOptions(string line, List<KeyValuePair<string, string?>> options)
    {
        int position = 0;
        while (true)
        {
            int start = position;
            while (position < line.Length && line[position] is not (',' or '=' or ' ' or '\t'))
            {
                position++;
            }

            string name = line[start..position].ToLowerInvariant();
            if (name.Length == 0)
            {
                throw new SshKeyException("an option without a name before the key");
            }

            string? value = null;
            if (position < line.Length && line[position] == '=')
            {
                value = ReadQuoted(line, position + 1, out position)
                    ?? throw new SshKeyException($"the value of option `{name}` needs double quotes around it");
            }

            options.Add(new KeyValuePair<string, string?>(name, value));
            if (position >= line.Length || line[position] is ' ' or '\t')
            {
                return line[Math.Min(position, line.Length)..];
            }

            if (line[position] != ',')
            {
                throw new SshKeyException($"expected `,` or a blank after option `{name}`");
            }

            position++;
        }
    }

    private static string? ReadQuoted(string line, int start, out int end)
    {
        end = start;
        if (start >= line.Length || line[start] != '"')
        {
            return null;
        }

        List<char> value = [];
        for (int position = start + 1; position < line.Length; position++)
        {
            if (line[position] == '\\' && position + 1 < line.Length && line[position + 1] == '"')
            {
                position++;
            }
            else if (line[position] == '"')
            {
                end = position + 1;
                return new string([.. value]);
            }

            value.Add(line[position]);
        }

        return null;
    }
}
