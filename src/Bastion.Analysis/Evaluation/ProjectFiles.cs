using System.Collections.Frozen;

namespace Bastion.Analysis.Evaluation;

/// <summary>Tools that do what a file beside them says. When the text has written that file, the tool runs what was
/// written.</summary>
internal static class ProjectFiles
{
    private static readonly FrozenDictionary<string, (string Program, string File, string Language)[]> Files =
        new (string Program, string File, string Language)[]
    {
        ("npm", "package.json", "json"), ("yarn", "package.json", "json"), ("pnpm", "package.json", "json"),
        ("bun", "package.json", "json"), ("npx", "package.json", "json"),
        ("make", "Makefile", "make"), ("make", "makefile", "make"), ("make", "GNUmakefile", "make"),
        ("gmake", "Makefile", "make"), ("bundle", "Gemfile", "ruby"), ("rake", "Rakefile", "ruby"),
        ("composer", "composer.json", "json"), ("vagrant", "Vagrantfile", "ruby"), ("gradle", "build.gradle", "groovy"),
        ("ant", "build.xml", "xml"), ("mvn", "pom.xml", "xml"), ("just", "justfile", "make"),
        ("pip", "setup.py", "python"), ("tox", "tox.ini", "ini"), ("docker-compose", "docker-compose.yml", "yaml"),
        ("scons", "SConstruct", "python"), ("cargo", "build.rs", "rust"), ("cmake", "CMakeLists.txt", "cmake"),
    }.GroupBy(one => one.Program).ToFrozenDictionary(group => group.Key, group => group.ToArray());

    public static void Read(string name, ShellState state, TextSpan span, Evaluator evaluator)
    {
        if (evaluator.Session.Files.IsEmpty
            || !Files.TryGetValue(name, out (string Program, string File, string Language)[]? files))
        {
            return;
        }

        foreach ((string _, string? file, string? language) in files)
        {
            if (evaluator.Session.Files.Find(TargetPath.Full(file, state)) is not null)
            {
                evaluator.Content.EvaluateFile(Value.Known(file, span), state, name, ContentLanguage.Of(language));
            }
        }
    }
}
