namespace Bastion.Control;

/// <summary>The gateway cannot start; each line says what is wrong and where.</summary>
public sealed class GatewayStartException(IReadOnlyList<string> lines, Exception? inner = null)
    : Exception(string.Join('\n', lines), inner)
{
    public IReadOnlyList<string> Lines { get; } = lines;
}
