using System.Globalization;
using Bastion.Followers.Notifications;
using Bastion.Followers.Reports;
using Bastion.Followers.Retention;
using YamlDotNet.RepresentationModel;

namespace Bastion.Cli;

/// <summary>The `reports` and `notify` sections.</summary>
internal sealed partial class Configuration
{
    private ReportOptions Reports(Dictionary<string, YamlNode> top)
    {
        Dictionary<string, YamlNode> keys = Section(
            top, "reports", "time-zone", "languages", "formats", "daily", "weekly", "monthly", "to", "keep-days");
        var cadences = new List<ReportCadence>();
        if (keys.ContainsKey("daily") && TimeOf(keys, "daily", Text(keys, "daily")) is { } daily)
        {
            cadences.Add(new DailyReport(daily));
        }

        if (keys.ContainsKey("weekly") && Weekly(keys) is { } weekly)
        {
            cadences.Add(weekly);
        }

        if (keys.ContainsKey("monthly") && TimeOf(keys, "monthly", Text(keys, "monthly")) is { } monthly)
        {
            cadences.Add(new MonthlyReport(monthly));
        }

        return new ReportOptions
        {
            Zone = Zone(keys),
            Languages = Chosen(keys, "languages", "en", "zh"),
            Formats = keys.ContainsKey("formats") ? Chosen(keys, "formats", "html", "json", "pdf") : ["html", "json"],
            Cadences = cadences,
            To = Texts(keys, "to"),
            KeepDays = keys.ContainsKey("keep-days")
                ? (int)Number(keys, "keep-days", 0, RetentionOptions.DaysWithoutReason, 36_500)
                : null,
        };
    }

    private NotificationOptions Notifications(Dictionary<string, YamlNode> top)
    {
        Dictionary<string, YamlNode> keys =
            Section(top, "notify", "language", "mail", "webhooks", "addresses", "anomalies");
        var addresses = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        foreach ((string name, YamlNode value) in Named(keys, "addresses",
            "`addresses` takes people, groups or roles, each with mail addresses"))
        {
            addresses[name] = AddressesOf(value);
        }

        var webhooks = new List<WebhookOptions>();
        foreach ((string name, YamlNode value) in Named(keys, "webhooks",
            "`webhooks` takes webhooks by name, each with `url` and `secret-file`"))
        {
            if (Webhook(name, value) is { } webhook)
            {
                webhooks.Add(webhook);
            }
        }

        return new NotificationOptions
        {
            Mail = keys.TryGetValue("mail", out YamlNode? mail) ? Mail(mail, keys) : null,
            Webhooks = webhooks,
            Addresses = addresses,
            Anomalies = Texts(keys, "anomalies"),
            Language = Choice(keys, "language", "en", "zh"),
        };
    }

    private MailOptions? Mail(YamlNode at, Dictionary<string, YamlNode> notify)
    {
        Dictionary<string, YamlNode> keys =
            Section(notify, "mail", "server", "port", "security", "from", "user", "password-file", "ca-file");
        if (Text(keys, "server") is not { } server || Text(keys, "from") is not { } from)
        {
            Error(at, "`mail` needs `server` and `from`");
            return null;
        }

        if (!IsAddress(from))
        {
            Error(keys["from"], $"`{VisibleText.Of(from)}` is no mail address; expected such as bastion@example.com");
        }

        MailSecurity security = Choice(keys, "security", "starttls", "tls", "none") switch
        {
            "tls" => MailSecurity.Tls,
            "none" => MailSecurity.None,
            _ => MailSecurity.StartTls,
        };
        if (security == MailSecurity.None && server is not ("localhost" or "127.0.0.1" or "::1"))
        {
            Error(keys["security"],
                "reports would travel in the clear; `none` is for a mail server on this machine only");
        }

        if (keys.ContainsKey("user") != keys.ContainsKey("password-file"))
        {
            Error(at, "`user` and `password-file` go together");
        }

        return new MailOptions
        {
            Server = server,
            Port = Port(keys, security == MailSecurity.Tls ? 465 : 587),
            Security = security,
            From = from,
            User = Text(keys, "user"),
            PasswordFile = PathOf(keys, "password-file"),
            AuthorityFile = PathOf(keys, "ca-file"),
        };
    }

    private WebhookOptions? Webhook(string name, YamlNode value)
    {
        if (value is not YamlMappingNode mapping)
        {
            Error(value, $"webhook `{VisibleText.Of(name)}` takes the keys url, secret-file, sends below it");
            return null;
        }

        Dictionary<string, YamlNode> keys = Keys(mapping, "url", "secret-file", "sends");
        if (Text(keys, "url") is not { } url || PathOf(keys, "secret-file") is not { } secret)
        {
            Error(value, $"webhook `{VisibleText.Of(name)}` needs `url` and `secret-file`");
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? address)
            || (address.Scheme != Uri.UriSchemeHttps && !(address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
        {
            Error(keys["url"], $"`{VisibleText.Of(url)}` is no https address (plain http only to this machine)");
            return null;
        }

        string sends = Choice(keys, "sends", "all", "reports", "notices");
        return new WebhookOptions
        {
            Name = name,
            Url = address,
            SecretFile = secret,
            Reports = sends != "notices",
            Notices = sends != "reports",
        };
    }

    private WeeklyReport? Weekly(Dictionary<string, YamlNode> keys)
    {
        string[] words = (Text(keys, "weekly") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 2 && Enum.TryParse(words[0], ignoreCase: true, out DayOfWeek day)
            && !char.IsAsciiDigit(words[0][0]))
        {
            return TimeOf(keys, "weekly", words[1]) is { } time ? new WeeklyReport(day, time) : null;
        }

        Error(keys["weekly"], "`weekly` takes a day and a time, such as: monday 06:00");
        return null;
    }

    private TimeOnly? TimeOf(Dictionary<string, YamlNode> keys, string name, string? text)
    {
        if (TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out TimeOnly time))
        {
            return time;
        }

        Error(keys[name], $"`{VisibleText.Of(text ?? "")}` is no time of day; expected such as 06:00");
        return null;
    }

    private TimeZoneInfo Zone(Dictionary<string, YamlNode> keys)
    {
        if (Text(keys, "time-zone") is not { } name)
        {
            return TimeZoneInfo.Utc;
        }

        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out TimeZoneInfo? zone))
        {
            return zone;
        }

        Error(keys["time-zone"],
            $"`{VisibleText.Of(name)}` is no time zone known here; expected such as Asia/Shanghai (package tzdata)");
        return TimeZoneInfo.Utc;
    }

    private List<string> Chosen(Dictionary<string, YamlNode> keys, string name, params string[] known)
    {
        List<string> chosen = Texts(keys, name);
        foreach (string wrong in chosen.Except(known))
        {
            Error(keys[name], $"`{VisibleText.Of(wrong)}` is none of {string.Join(", ", known)}");
        }

        return chosen.Count > 0 ? chosen : [known[0]];
    }

    /// <summary>One value or a list of them.</summary>
    private List<string> Texts(Dictionary<string, YamlNode> keys, string name) =>
        !keys.TryGetValue(name, out YamlNode? node) ? [] : node is YamlSequenceNode
        ? TextsOf(node)
        : Text(keys, name) is { } one ? [one] : [];

    private List<string> TextsOf(YamlNode node)
    {
        var texts = new List<string>();
        foreach (YamlNode item in node is YamlSequenceNode list ? list.Children : [node])
        {
            if (item is YamlScalarNode { Value: { Length: > 0 } text })
            {
                texts.Add(text);
            }
            else
            {
                Error(item, "expected a text here");
            }
        }

        return texts;
    }

    private List<string> AddressesOf(YamlNode node)
    {
        List<string> addresses = TextsOf(node);
        foreach (string wrong in addresses.Where(address => !IsAddress(address)))
        {
            Error(node, $"`{VisibleText.Of(wrong)}` is no mail address; expected such as alice@example.com");
        }

        return addresses;
    }

    private IEnumerable<(string Name, YamlNode Value)> Named(Dictionary<string, YamlNode> keys, string name,
        string otherwise)
    {
        if (!keys.TryGetValue(name, out YamlNode? node))
        {
            yield break;
        }

        if (node is not YamlMappingNode mapping)
        {
            Error(node, otherwise);
            yield break;
        }

        foreach ((YamlNode key, YamlNode value) in mapping)
        {
            yield return ((key as YamlScalarNode)?.Value ?? "", value);
        }
    }

    private static bool IsAddress(string text)
    {
        int at = text.IndexOf('@', StringComparison.Ordinal);
        return at > 0 && at == text.LastIndexOf('@') && at < text.Length - 1
            && !text.Any(letter => char.IsWhiteSpace(letter) || char.IsControl(letter) || letter is ',' or '<' or '>');
    }
}
