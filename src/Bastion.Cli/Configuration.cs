using System.Globalization;
using System.Net;
using Bastion.Server.Hosting;
using Bastion.Followers.Witnesses;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Bastion.Cli;

/// <summary>
/// The configuration file of `serve`: YAML, every key known, every mistake told with file, line and column. Relative
/// paths count from the file's own directory.
/// </summary>
internal sealed partial class Configuration
{
    /// <summary>In bytes; a configuration is a page, not a book.</summary>
    private const long MaximumLength = 256 * 1024;

    private readonly string _file;
    private readonly List<string> _errors = [];

    private Configuration(string file) => _file = file;

    public static BastionOptions Load(string file)
    {
        var configuration = new Configuration(file);
        if (!File.Exists(file))
        {
            throw new CommandFailedException($"`{file}` does not exist; `bastion init DIR` writes one to start from");
        }

        BastionOptions? options = configuration.Read();
        return options is not null && configuration._errors.Count == 0
            ? options
            : throw new CommandFailedException(string.Join("\nbastion: ", configuration._errors));
    }

    private BastionOptions? Read()
    {
        if (new FileInfo(_file).Length > MaximumLength)
        {
            _errors.Add($"{_file}: longer than {MaximumLength} bytes");
            return null;
        }

        var stream = new YamlStream();
        try
        {
            using var reader = new StreamReader(_file);
            stream.Load(reader);
        }
        catch (YamlException error)
        {
            _errors.Add($"{_file}:{error.Start.Line}:{error.Start.Column}: {error.Message}");
            return null;
        }

        if (stream.Documents is not [{ RootNode: YamlMappingNode root }])
        {
            _errors.Add($"{_file}:1:1: expected one document of `key: value` lines");
            return null;
        }

        return Bind(root);
    }

    private BastionOptions Bind(YamlMappingNode root)
    {
        Dictionary<string, YamlNode> top = Keys(root, "data", "policies", "catalogue", "journal-name",
            "minimum-free-disk", "kept-content", "ssh", "web", "ship", "archive", "audit", "retention", "reports",
            "notify");
        Dictionary<string, YamlNode> ssh = Section(top, "ssh", "address", "port", "algorithms");
        Dictionary<string, YamlNode> web = Section(top, "web", "address", "port", "certificate", "key", "url");
        Dictionary<string, YamlNode> audit = Section(top, "audit", "witnesses", "on-refusal");
        return new BastionOptions
        {
            DataDirectory = PathOf(top, "data") ?? Missing(root, "data"),
            PolicyDirectory = PathOf(top, "policies") ?? Missing(root, "policies"),
            CatalogueDirectory = PathOf(top, "catalogue"),
            JournalName = Text(top, "journal-name") ?? "bastion",
            MinimumFreeDisk = Megabytes(top, "minimum-free-disk", 256),
            KeptContent =
                (int)Number(top, "kept-content", BastionOptions.DefaultKeptContent / 1024, 0, 16 * 1024) * 1024,
            SshAddress = Address(ssh, IPAddress.Any),
            SshPort = Port(ssh, 2222),
            ClientAlgorithms = Choice(ssh, "algorithms", "modern", "compatible", "light") switch
            {
                "compatible" => ClientAlgorithms.Compatible,
                "light" => ClientAlgorithms.Light,
                _ => ClientAlgorithms.Modern,
            },
            WebAddress = Address(web, IPAddress.Loopback),
            WebPort = Port(web, 8080),
            WebCertificateFile = PathOf(web, "certificate"),
            WebCertificateKeyFile = PathOf(web, "key"),
            PublicUrl = Text(web, "url"),
            Shipping = Destinations(top),
            Archives = Archives(top),
            Retention = Retention(top),
            Witnesses = Witnesses(audit),
            WitnessRefusal = Choice(audit, "on-refusal", "stop", "warn") == "stop"
                ? WitnessRefusalAct.Stop
                : WitnessRefusalAct.Warn,
            Reports = Reports(top),
            Notifications = Notifications(top),
        };
    }

    private Dictionary<string, YamlNode> Section(Dictionary<string, YamlNode> top, string name, params string[] known)
    {
        if (!top.TryGetValue(name, out YamlNode? node))
        {
            return [];
        }

        if (node is YamlMappingNode section)
        {
            return Keys(section, known);
        }

        Error(node, $"`{name}` takes the keys {string.Join(", ", known)} below it");
        return [];
    }

    private Dictionary<string, YamlNode> Keys(YamlMappingNode mapping, params string[] known)
    {
        var found = new Dictionary<string, YamlNode>(StringComparer.Ordinal);
        foreach ((YamlNode key, YamlNode value) in mapping)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (known.Contains(name))
            {
                found[name] = value;
            }
            else
            {
                Error(key, $"unknown key `{VisibleText.Of(name)}`; known here: {string.Join(", ", known)}");
            }
        }

        return found;
    }

    private string? Text(Dictionary<string, YamlNode> keys, string name)
    {
        if (!keys.TryGetValue(name, out YamlNode? node))
        {
            return null;
        }

        if (node is YamlScalarNode { Value: { Length: > 0 } value })
        {
            return value;
        }

        Error(node, $"`{name}` takes one value");
        return null;
    }

    private string? PathOf(Dictionary<string, YamlNode> keys, string name) =>
        Text(keys, name) is { } path ? Path.GetFullPath(path, Path.GetDirectoryName(Path.GetFullPath(_file))!) : null;

    private IPAddress Address(Dictionary<string, YamlNode> keys, IPAddress otherwise)
    {
        if (Text(keys, "address") is not { } text)
        {
            return otherwise;
        }

        if (IPAddress.TryParse(text, out IPAddress? address))
        {
            return address;
        }

        Error(keys["address"], $"`{VisibleText.Of(text)}` is no IP address; expected such as 127.0.0.1 or ::");
        return otherwise;
    }

    private string Choice(Dictionary<string, YamlNode> keys, string name, params string[] choices)
    {
        string? text = Text(keys, name);
        if (text is not null && !choices.Contains(text))
        {
            Error(keys[name], $"`{VisibleText.Of(text)}` is none of {string.Join(", ", choices)}");
        }

        return text ?? choices[0];
    }

    private int Port(Dictionary<string, YamlNode> keys, int otherwise) =>
        (int)Number(keys, "port", otherwise, 0, 65535);

    private long Megabytes(Dictionary<string, YamlNode> keys, string name, long otherwise) =>
        Number(keys, name, otherwise, 16, 1024 * 1024) * 1024 * 1024;

    private long Number(Dictionary<string, YamlNode> keys, string name, long otherwise, long least, long most)
    {
        if (Text(keys, name) is not { } text)
        {
            return otherwise;
        }

        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number >= least
            && number <= most)
        {
            return number;
        }

        Error(keys[name], $"`{VisibleText.Of(text)}` is no number from {least} to {most}");
        return otherwise;
    }

    private string Missing(YamlNode at, string name)
    {
        Error(at, $"`{name}` is missing: it names a directory");
        return "";
    }

    private void Error(YamlNode at, string message) =>
        _errors.Add($"{_file}:{at.Start.Line}:{at.Start.Column}: {message}");
}
