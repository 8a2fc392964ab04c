namespace Bastion.Cli.Demo.Machine;

/// <summary>The variables that a session starts with: these and the client's, and nothing of the demo's own.</summary>
internal static class AccountEnvironment
{
    public static string Shell { get; } = File.Exists("/bin/bash") ? "/bin/bash" : "/bin/sh";

    public static Dictionary<string, string> Of(MachineProgram program, string home)
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["LANG"] = "C.UTF-8",
            ["PS1"] = "\\u@orders-db:\\w\\$ ",
        };
        foreach ((string name, string value) in program.Environment)
        {
            variables[name] = value;
        }

        variables["HOME"] = home;
        variables["PATH"] = SystemPrograms.SearchPath;
        variables["SHELL"] = Shell;
        variables["USER"] = variables["LOGNAME"] = program.Account;
        return variables;
    }
}
