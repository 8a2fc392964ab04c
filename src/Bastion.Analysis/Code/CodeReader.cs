namespace Bastion.Analysis.Code;

/// <summary>
/// Reads inline programs as far as their visible destructive calls go: <c>os.system("…")</c>,
/// <c>shutil.rmtree("/x")</c>, backquotes of perl and ruby.
/// It is no parser of these languages: everything it does not see stays opaque. awk and sed have readers of their own,
/// since most of their programs can be shown to run nothing.
/// </summary>
internal static class CodeReader
{
    /// <summary>Inline programs are short; a longer one is opaque and its beginning is searched.</summary>
    private const int MaximumSearched = 256 * 1024;

    private static readonly System.Buffers.SearchValues<char> Separators =
        System.Buffers.SearchValues.Create(" ,\n\t[](){}");

    private static readonly string[] ShellCalls =
    [
        "os.system", "os.popen", "subprocess.", "popen", "commands.getoutput", "getstatusoutput", "system", "exec",
        "execSync", "spawn", "spawnSync", "execFile", "execFileSync",
        "shell_exec", "passthru", "proc_open", "os.execute", "io.popen", "qx", "check_output", "check_call", "run",
        "Popen", "call", "execvp", "execv", "execlp", "execl", "execve",
        "posix_spawn", "spawnl", "spawnv", "Open3.", "%x", "shell", "capture2", "system2", "Runtime", "sh", "pty.spawn",
        "CreateTimer", "silent", "uv.spawn", "jobstart", "termopen", "systemlist", "writefile",
    ];

    private static readonly string[] DeleteCalls =
    [
        "rmtree", "removedirs", "unlink", "unlinkSync", "rmSync", "rmdirSync", "rm_rf", "rm_r", "remove_tree",
        "remove_entry", "remove_dir", "rmrf", "os.remove", "fs.rm", "File.delete",
        "FileUtils.rm", "Files.delete", "remove_entry_secure", "file.remove", "os.removedirs", "rimraf",
        "shutil.rmtree", "deleteDirectory", "delete(",
    ];

    private static readonly string[] DropCalls = ["dropDatabase", "drop_database", "dropDB", "flushall", "flushdb",
        ".drop(", "deleteMany({})", "remove({})", "FLUSHALL"];

    public static CodeReading Read(string language, string code)
    {
        var reading = new CodeReading();
        switch (language)
        {
            case "awk" or "gawk" or "mawk":
                AwkReader.Read(code, reading);
                return reading;
            case "sed":
                SedReader.Read(code, reading);
                return reading;
            case "make":
                ReadRecipes(code, reading);
                return reading;
            case "json" or "yaml" or "xml" or "ini":
                foreach (StringLiteral literal in StringLiterals.Find(code, backquotesRun: false))
                {
                    reading.ShellTexts.Add(literal.Text);
                }

                return reading;
            case "wire" or "hbase":
                WireReader.Read(code, reading);
                return reading;
            case "redis":
                ReadRedis(code, reading);
                return reading;
            case "vim" or "ex" or "ed":
                EditorReader.Read(code, reading);
                return reading;
        }

        Search(language, code.Length > MaximumSearched ? code[..MaximumSearched] : code, reading);
        return reading;
    }

    /// <summary>Recipe lines begin with a tab, or stand behind a semicolon; `@`, `-` and `+` before them are
    /// make's.</summary>
    private static void ReadRecipes(string code, CodeReading reading)
    {
        foreach (string line in code.Split('\n'))
        {
            int semicolon = line.IndexOf(';', StringComparison.Ordinal);
            if (line.StartsWith('\t'))
            {
                reading.ShellTexts.Add(line.TrimStart('\t', ' ', '@', '-', '+'));
            }
            else if (line.Contains(':', StringComparison.Ordinal) && semicolon > 0)
            {
                reading.ShellTexts.Add(line[(semicolon + 1)..].TrimStart(' ', '@', '-', '+'));
            }

            int shell = line.IndexOf("$(shell ", StringComparison.Ordinal);
            if (shell >= 0)
            {
                reading.ShellTexts.Add(line[(shell + 8)..].TrimEnd(')'));
            }
        }
    }

    private static void ReadRedis(string code, CodeReading reading)
    {
        reading.IsOpaque = false;
        foreach (string line in code.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length > 0)
            {
                reading.Commands.Add(["redis-cli", .. words]);
            }
        }
    }

    private static void Search(string language, string code, CodeReading reading)
    {
        bool deletes = Array.Exists(DeleteCalls, call => code.Contains(call, StringComparison.Ordinal));
        bool runs = Array.Exists(ShellCalls, call => code.Contains(call, StringComparison.Ordinal));
        List<StringLiteral> literals =
            StringLiterals.Find(code, backquotesRun: language is "perl" or "ruby" or "php" or "tcl" or "julia");
        if (deletes)
        {
            reading.Effects.Add((EffectKind.FileDelete, RiskLevel.High, Paths(literals)));
        }

        if (Array.Exists(DropCalls, call => code.Contains(call, StringComparison.Ordinal)))
        {
            reading.Effects.Add((EffectKind.DatabaseDrop, RiskLevel.High, []));
        }

        foreach (StringLiteral literal in literals)
        {
            if (literal.RunsInShell || (runs && LooksLikeCommand(literal.Text)))
            {
                reading.ShellTexts.Add(literal.Text);
            }
        }

        if (runs)
        {
            AddVectors(code, literals, reading);
        }
    }

    /// <summary><c>["rm", "-rf", "/x"]</c>, <c>execvp("rm", …)</c>: neighbouring literals with nothing but commas and
    /// brackets between them.</summary>
    private static void AddVectors(string code, List<StringLiteral> literals, CodeReading reading)
    {
        var vector = new List<string>();
        for (int i = 0; i < literals.Count; i++)
        {
            vector.Add(literals[i].Text);
            bool joined = i + 1 < literals.Count && code.AsSpan(literals[i].End,
                literals[i + 1].Start - literals[i].End).IndexOfAnyExcept(Separators) < 0;
            if (joined)
            {
                continue;
            }

            if (vector.Count > 1)
            {
                reading.Commands.Add([.. vector]);
                // execlp("rm", "rm", "-rf"): the second is the name it calls itself.
                if (vector.Count > 2 && Programs.ProgramNames.BaseName(vector[0]) == vector[1])
                {
                    reading.Commands.Add([.. vector.Skip(1)]);
                }
            }

            vector.Clear();
        }
    }

    private static bool LooksLikeCommand(string text) =>
        text.Contains(' ', StringComparison.Ordinal) || text.Contains('/', StringComparison.Ordinal);

    private static List<EffectObject> Paths(List<StringLiteral> literals) =>
        [.. literals.Where(literal => literal.Text.StartsWith('/') || literal.Text.StartsWith('~')).Take(8)
        .Select(literal => new EffectObject(literal.Text, ObjectKind.Path))];
}
