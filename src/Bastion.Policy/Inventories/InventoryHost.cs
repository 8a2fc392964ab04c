namespace Bastion.Policy.Inventories;

/// <summary>A machine as an inventory lists it.</summary>
/// <param name="Groups">Ansible groups it is in, through other groups too.</param>
internal sealed record InventoryHost(string Name, SourceLocation Location, string Host, int? Port,
    IReadOnlyList<string> Groups);
