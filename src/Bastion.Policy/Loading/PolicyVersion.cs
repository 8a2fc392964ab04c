using System.Security.Cryptography;
using System.Text;
using Bastion.Policy.Syntax;

namespace Bastion.Policy.Loading;

/// <summary>
/// The hash that names a policy in records. It is taken over the content in one canonical form (sections and keys
/// sorted, strings length-prefixed), so that moving an entry to another file or adding a comment changes nothing, and
/// any change of meaning changes it. Inventories count by their bytes.
/// </summary>
internal static class PolicyVersion
{
    /// <summary>Changes when the canonical form or the meaning of the language does.</summary>
    private const string Domain = "bastion-policy-1";

    public static string Of(IEnumerable<MapNode> files, IEnumerable<PolicyFile> inventories)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, Domain);
        IEnumerable<(string Section, string Name, Node Value)> entries = files.SelectMany(file => file.Entries)
            .SelectMany(section => section.Value is MapNode map
            ? map.Entries.Select(entry => (Section: section.Key.Value, Name: entry.Key.Value, entry.Value))
            : [(Section: section.Key.Value, Name: "", section.Value)]);
        foreach ((string? section, string? name, Node? value) in entries
            .OrderBy(e => e.Section, StringComparer.Ordinal).ThenBy(e => e.Name, StringComparer.Ordinal))
        {
            Append(hash, section);
            Append(hash, name);
            Append(hash, value);
        }

        foreach (PolicyFile? file in inventories.OrderBy(f => f.Path, StringComparer.Ordinal))
        {
            Append(hash, "inventory-bytes");
            Append(hash, Convert.ToHexStringLower(SHA256.HashData(file.Content.Span)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Append(IncrementalHash hash, Node node)
    {
        switch (node)
        {
            case ScalarNode scalar:
                Append(hash, scalar.IsEmpty ? "{" : "s");
                Append(hash, scalar.IsEmpty ? "}" : scalar.Value);
                break;
            case ListNode list:
                Append(hash, "[");
                foreach (Node item in list.Items)
                {
                    Append(hash, item);
                }

                Append(hash, "]");
                break;
            case MapNode map:
                Append(hash, "{");
                foreach (Entry? entry in map.Entries.OrderBy(e => e.Key.Value, StringComparer.Ordinal))
                {
                    Append(hash, entry.Key.Value);
                    Append(hash, entry.Value);
                }

                Append(hash, "}");
                break;
        }
    }

    private static void Append(IncrementalHash hash, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(length, bytes.Length);
        hash.AppendData(length);
        hash.AppendData(bytes);
    }
}
