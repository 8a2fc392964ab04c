using Bastion.Followers.Archive;
using Bastion.Followers.Retention;
using YamlDotNet.RepresentationModel;

namespace Bastion.Cli;

/// <summary>The `archive` and `retention` sections.</summary>
internal sealed partial class Configuration
{
    private List<ArchiveOptions> Archives(Dictionary<string, YamlNode> top)
    {
        if (!top.TryGetValue("archive", out YamlNode? node))
        {
            return [];
        }

        if (node is not YamlMappingNode names)
        {
            Error(node, "`archive` takes stores by name, each with its `bucket`");
            return [];
        }

        var archives = new List<ArchiveOptions>();
        foreach ((YamlNode key, YamlNode value) in names)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (!IsName(name))
            {
                Error(key,
                    $"`{VisibleText.Of(name)}` is no name of an archive: letters, digits, - and _, at most "
                        + $"{MaximumNameLength}");
            }
            else if (value is not YamlMappingNode mapping)
            {
                Error(value, $"`{name}` needs a `bucket`");
            }
            else if (Archive(mapping, name) is { } archive)
            {
                archives.Add(archive);
            }
        }

        return archives;
    }

    private ArchiveOptions? Archive(YamlMappingNode mapping, string name)
    {
        Dictionary<string, YamlNode> keys =
            Keys(mapping, "bucket", "endpoint", "region", "credentials-file", "prefix", "object-lock", "interval");
        Uri? endpoint = null;
        if (Text(keys, "endpoint") is { } url
            && (!Uri.TryCreate(url, UriKind.Absolute, out endpoint)
            || (endpoint.Scheme != Uri.UriSchemeHttps
            && !(endpoint.Scheme == Uri.UriSchemeHttp && endpoint.IsLoopback))))
        {
            Error(keys["endpoint"],
                $"`{VisibleText.Of(url)}` is no address of a store; expected such as https://s3.example.com");
        }

        string prefix = Text(keys, "prefix") ?? "";
        if (!prefix.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_' or '/'))
        {
            Error(keys["prefix"], $"`{VisibleText.Of(prefix)}`: a prefix is of letters, digits, and . - _ /");
        }

        if (Text(keys, "bucket") is not { } bucket)
        {
            Error(mapping, $"`{name}` needs a `bucket`");
            return null;
        }

        return new ArchiveOptions
        {
            Name = name,
            Bucket = bucket,
            Endpoint = endpoint,
            Region = Text(keys, "region") ?? "us-east-1",
            CredentialsFile = PathOf(keys, "credentials-file"),
            Prefix = prefix,
            Lock = Enum.Parse<ObjectLock>(Choice(keys, "object-lock", "compliance", "governance", "none"),
                ignoreCase: true),
            Interval = TimeSpan.FromSeconds(Number(keys, "interval", 60, 1, 86_400)),
        };
    }

    private RetentionOptions Retention(Dictionary<string, YamlNode> top)
    {
        Dictionary<string, YamlNode> keys = Section(top, "retention", "days", "reason", "by");
        var retention = new RetentionOptions
        {
            Days = (int)Number(keys, "days", RetentionOptions.DefaultDays, 1, 36_500),
            Reason = Text(keys, "reason"),
            ReasonBy = Text(keys, "by"),
        };
        if (retention.Days < RetentionOptions.DaysWithoutReason
            && (retention.Reason is null || retention.ReasonBy is null))
        {
            Error(keys["days"],
                $"less than {RetentionOptions.DaysWithoutReason} days needs a `reason` and in `by` the security "
                    + "administrator who gives it");
        }

        return retention;
    }
}
