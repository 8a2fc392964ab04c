namespace Bastion.EndToEnd;

/// <summary>Somebody who asks a running gateway from a command line, with password and code.</summary>
internal sealed class Auditor
{
    private readonly string _name;
    private readonly string _password;
    private readonly Authenticator _codes;

    private Auditor(string name, string password, string secret)
    {
        _name = name;
        _password = password;
        _codes = new Authenticator(secret);
    }

    /// <summary>`bastion user add`, as the administrator types it.</summary>
    public static async Task<Auditor> AddAsync(string name, string configuration)
    {
        ProgramResult added = await Programs.BastionAsync("user", "add", name, "--config", configuration);
        Assert.True(added.ExitCode == 0, added.ToString());
        string[] lines = [.. added.Output.Split('\n').Take(2)
            .Select(line => line[(line.IndexOf(": ", StringComparison.Ordinal) + 2)..].Trim())];
        return new Auditor(name, lines[0], lines[1]);
    }

    public async Task<ProgramResult> AskAsync(Uri gateway, params string[] command) => await Programs.RunAsync(
        "dotnet", [Programs.BastionDll, .. command, "--url", gateway.ToString(), "--user", _name],
        $"{_password}\n{await _codes.NextCodeAsync()}\n");
}
