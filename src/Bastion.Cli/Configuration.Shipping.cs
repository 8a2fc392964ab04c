using Bastion.Followers.Shipping;
using YamlDotNet.RepresentationModel;

namespace Bastion.Cli;

/// <summary>The `ship` section: destinations by name.</summary>
internal sealed partial class Configuration
{
    private const int MaximumNameLength = 64;

    private static readonly string[] OutletKeys =
        ["url", "api-key-file", "token-file", "user", "password-file", "ca-file", "timeout"];

    private static readonly string[] BatchKeys = ["kind", "batch-records", "batch-kilobytes"];

    private static readonly Dictionary<string, string[]> KeysOfKind = new(StringComparer.Ordinal)
    {
        ["elasticsearch"] = [.. BatchKeys, .. OutletKeys, "alias", "install-template"],
        ["otlp"] = [.. BatchKeys, .. OutletKeys],
        ["syslog"] = [.. BatchKeys, "host", "port", "ca-file", "certificate", "key", "longest-message"],
        ["file"] = [.. BatchKeys, "directory", "rotate-megabytes"],
    };

    private List<DestinationOptions> Destinations(Dictionary<string, YamlNode> top)
    {
        if (!top.TryGetValue("ship", out YamlNode? node))
        {
            return [];
        }

        if (node is not YamlMappingNode names)
        {
            Error(node, "`ship` takes destinations by name, each with its `kind`");
            return [];
        }

        var destinations = new List<DestinationOptions>();
        foreach ((YamlNode key, YamlNode value) in names)
        {
            if (Destination(key, value) is { } destination)
            {
                destinations.Add(destination);
            }
        }

        return destinations;
    }

    private DestinationOptions? Destination(YamlNode key, YamlNode value)
    {
        string name = (key as YamlScalarNode)?.Value ?? "";
        if (!IsName(name))
        {
            Error(key,
                $"`{VisibleText.Of(name)}` is no name of a destination: letters, digits, - and _, at most "
                    + $"{MaximumNameLength}");
            return null;
        }

        if (value is not YamlMappingNode mapping
            || !mapping.Children.TryGetValue(new YamlScalarNode("kind"), out YamlNode? kindNode))
        {
            Error(value, $"`{name}` needs a `kind`: {string.Join(", ", KeysOfKind.Keys)}");
            return null;
        }

        string kind = (kindNode as YamlScalarNode)?.Value ?? "";
        if (!KeysOfKind.TryGetValue(kind, out string[]? known))
        {
            Error(kindNode,
                $"`{VisibleText.Of(kind)}` is no kind of destination; known: {string.Join(", ", KeysOfKind.Keys)}");
            return null;
        }

        Dictionary<string, YamlNode> keys = Keys(mapping, known);
        DestinationOptions? destination = kind switch
        {
            "elasticsearch" => Elasticsearch(mapping, keys, name),
            "otlp" => Outlet(mapping, keys, name) is { } outlet ? new OtlpOptions
            {
                Name = name,
                Outlet = outlet,
            } : null,
            "syslog" => Syslog(mapping, keys, name),
            _ => Files(mapping, keys, name),
        };
        return destination is null ? null : destination with
        {
            MaximumRecords = (int)Number(keys, "batch-records", destination.MaximumRecords, 1, 10_000),
            MaximumBytes = Number(keys, "batch-kilobytes", destination.MaximumBytes / 1024, 64, 100 * 1024) * 1024,
        };
    }

    private ElasticsearchOptions? Elasticsearch(YamlNode at, Dictionary<string, YamlNode> keys, string name)
    {
        string alias = Text(keys, "alias") ?? "bastion-audit";
        if (!alias.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter)
            || letter is '-' or '.' or '_') || !char.IsAsciiLetterLower(alias[0]))
        {
            Error(keys["alias"],
                $"`{VisibleText.Of(alias)}` cannot name an index: lower-case letters, digits, - . _, a letter first");
        }

        return Outlet(at, keys, name) is not { } outlet ? null : new ElasticsearchOptions
        {
            Name = name,
            Outlet = outlet,
            Alias = alias,
            InstallTemplate = Choice(keys, "install-template", "true", "false") == "true",
        };
    }

    private SyslogOptions? Syslog(YamlNode at, Dictionary<string, YamlNode> keys, string name)
    {
        if (keys.ContainsKey("certificate") != keys.ContainsKey("key"))
        {
            Error(at, "`certificate` and `key` go together");
        }

        if (Text(keys, "host") is { } host)
        {
            return new SyslogOptions
            {
                Name = name,
                Host = host,
                Port = Port(keys, 6514),
                AuthorityFile = PathOf(keys, "ca-file"),
                CertificateFile = PathOf(keys, "certificate"),
                CertificateKeyFile = PathOf(keys, "key"),
                MaximumMessage = (int)Number(keys, "longest-message", 80 * 1024, 2048, 1024 * 1024),
            };
        }

        Error(at, $"`{name}` needs a `host`");
        return null;
    }

    private LineFileOptions? Files(YamlNode at, Dictionary<string, YamlNode> keys, string name)
    {
        if (PathOf(keys, "directory") is { } directory)
        {
            return new LineFileOptions
            {
                Name = name,
                Directory = directory,
                RotateAt = Number(keys, "rotate-megabytes", 64, 1, 10_000) * 1024 * 1024,
            };
        }

        Error(at, $"`{name}` needs a `directory`");
        return null;
    }

    private HttpOutlet? Outlet(YamlNode at, Dictionary<string, YamlNode> keys, string name)
    {
        if (Text(keys, "url") is not { } url)
        {
            Error(at, $"`{name}` needs a `url`");
            return null;
        }

        if (!Uri.TryCreate(url, UriKind.Absolute, out Uri? parsed)
            || (parsed.Scheme != Uri.UriSchemeHttps && parsed.Scheme != Uri.UriSchemeHttp))
        {
            Error(keys["url"],
                $"`{VisibleText.Of(url)}` is no address; expected such as https://logs.example.com:9200");
            return null;
        }

        if (parsed.UserInfo.Length > 0)
        {
            Error(keys["url"], "a password does not belong into an address; use `user` and `password-file`");
        }

        bool secret = keys.ContainsKey("api-key-file") || keys.ContainsKey("token-file")
            || keys.ContainsKey("password-file");
        if (secret && parsed.Scheme == Uri.UriSchemeHttp && !parsed.IsLoopback)
        {
            Error(keys["url"], "a secret would be sent in the clear; use https");
        }

        if (keys.ContainsKey("user") != keys.ContainsKey("password-file"))
        {
            Error(at, "`user` and `password-file` go together");
        }

        return new HttpOutlet
        {
            Url = parsed,
            ApiKeyFile = PathOf(keys, "api-key-file"),
            TokenFile = PathOf(keys, "token-file"),
            User = Text(keys, "user"),
            PasswordFile = PathOf(keys, "password-file"),
            AuthorityFile = PathOf(keys, "ca-file"),
            Timeout = TimeSpan.FromSeconds(Number(keys, "timeout", 30, 1, 600)),
        };
    }

    /// <summary>It becomes a directory, a label and a word of output.</summary>
    private static bool IsName(string name) =>
        name.Length is > 0 and <= MaximumNameLength
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');
}
