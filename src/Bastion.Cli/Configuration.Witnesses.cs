using Bastion.Audit.Notes;
using Bastion.Followers.Shipping;
using Bastion.Followers.Witnesses;
using YamlDotNet.RepresentationModel;

namespace Bastion.Cli;

/// <summary>The `audit` section: witnesses by name.</summary>
internal sealed partial class Configuration
{
    private List<WitnessOptions> Witnesses(Dictionary<string, YamlNode> audit)
    {
        if (!audit.TryGetValue("witnesses", out YamlNode? node))
        {
            return [];
        }

        if (node is not YamlMappingNode names)
        {
            Error(node, "`witnesses` takes witnesses by name, each with its `url` and `key`");
            return [];
        }

        var witnesses = new List<WitnessOptions>();
        foreach ((YamlNode key, YamlNode value) in names)
        {
            string name = (key as YamlScalarNode)?.Value ?? "";
            if (!IsName(name))
            {
                Error(key,
                    $"`{VisibleText.Of(name)}` is no name of a witness: letters, digits, - and _, at most "
                        + $"{MaximumNameLength}");
            }
            else if (value is not YamlMappingNode mapping)
            {
                Error(value, $"`{name}` needs a `url` and a `key`");
            }
            else if (Witness(mapping, name) is { } witness)
            {
                witnesses.Add(witness);
            }
        }

        return witnesses;
    }

    private WitnessOptions? Witness(YamlMappingNode mapping, string name)
    {
        Dictionary<string, YamlNode> keys = Keys(mapping, "url", "key", "ca-file", "timeout");
        HttpOutlet? outlet = Outlet(mapping, keys, name);
        if (Text(keys, "key") is not { } text)
        {
            Error(mapping, $"`{name}` needs the witness's public `key`; it prints it at its start");
            return null;
        }

        if (!NoteVerifierKey.TryParse(text, out NoteVerifierKey? key) || key.Type != NoteKeyType.Cosignature)
        {
            Error(keys["key"],
                $"`{VisibleText.Of(text)}` is no public key of a witness; expected such as "
                    + "`w1.example.com+5f3b…+B…`, of type cosignature");
            return null;
        }

        return outlet is null ? null : new WitnessOptions { Name = name, Outlet = outlet, Key = key };
    }
}
