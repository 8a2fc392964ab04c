using System.CommandLine;
using System.Net;
using Bastion.Analysis;
using Bastion.Control;
using Bastion.Control.Gating;
using Bastion.Policy;

namespace Bastion.Cli;

/// <summary>
/// `bastion policy explain`: what a command would do, and what the policy would say to it. Nothing is run and nobody is
/// asked.
/// </summary>
internal static class ExplainCommand
{
    public static Command Create()
    {
        var text = new Argument<string[]>("command")
        {
            Description = "The command, after `--`.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var directory = new Option<string>("--policy")
        {
            Description = "The directory of the policy.",
            DefaultValueFactory = _ => PolicyCommands.DefaultDirectory,
        };
        var person = new Option<string?>("--as") { Description = "The person who asks." };
        var target = new Option<string?>("--target") { Description = "The target it is asked of." };
        var account = new Option<string?>("--account")
        {
            Description = "The account on the target; its default without.",
        };
        var dialect = new Option<string>("--dialect")
        {
            Description = "How the text is read.",
            DefaultValueFactory = _ => "bash",
        };
        dialect.AcceptOnlyFromAmong("sh", "bash", "psql", "mysql", "argv");
        var from = new Option<string?>("--from")
        {
            Description = "The address it comes from; for grants and rules with `networks`.",
        };
        var reason = new Option<string?>("--reason")
        {
            Description = "The reason given, with a ticket in it where one is asked for.",
        };
        var json = new Option<bool>("--json") { Description = "Answer in JSON." };
        var lines = new Option<bool>("--stdin") { Description = "Read one JSON object a line and answer one a line." };
        var command = new Command("explain", "Say what a command would do and what the policy decides.")
        {
            text, directory, person, target, account, from, reason, dialect, json, lines,
        };
        command.SetAction(parsed =>
        {
            string[] words = parsed.GetValue(text)!;
            Analyzer analyzer = LoadAnalyzer(parsed.GetValue(directory)!);
            if (parsed.GetValue(lines))
            {
                using var output = new StreamWriter(Console.OpenStandardOutput(), leaveOpen: true);
                using var input = new StreamReader(Console.OpenStandardInput());
                new ExplainLines(analyzer).Run(input, output);
                return ExitCodes.Success;
            }

            if (words.Length == 0)
            {
                throw new CommandFailedException("no command given: write it after `--`, or use --stdin",
                    ExitCodes.Usage);
            }

            string form = parsed.GetValue(dialect)!;
            AnalysisResult analysis = Analyze(analyzer, words, form);
            PolicyAnswer? answer = parsed.GetValue(person) is { } name
                ? Ask(
                    parsed.GetValue(directory)!, name, parsed.GetValue(target), parsed.GetValue(account),
                    Circumstances(parsed.GetValue(from), parsed.GetValue(reason)), analysis)
                : null;
            var report = new Explanation(analysis, answer);
            if (parsed.GetValue(json))
            {
                report.WriteJson(Console.OpenStandardOutput());
            }
            else
            {
                report.WriteText(Console.Out, color: !Console.IsOutputRedirected);
                if (form is "sh" or "bash")
                {
                    report.WriteTree(Console.Out, form == "sh" ? ShellDialect.Posix : ShellDialect.Bash);
                }
            }

            return ExitCodes.Success;
        });
        return command;
    }

    /// <summary>The catalogue with what the policy's own `catalogue` directory adds.</summary>
    private static Analyzer LoadAnalyzer(string directory)
    {
        string own = Path.Combine(directory, "catalogue");
        if (!Directory.Exists(own))
        {
            return Analyzer.Default;
        }

        var catalogue = Catalogue.Load(own, out IReadOnlyList<CatalogueError> errors);
        foreach (CatalogueError error in errors)
        {
            Console.Error.WriteLine(error);
        }

        return errors.Count == 0
            ? new Analyzer(catalogue)
            : throw new CommandFailedException($"the catalogue in `{own}` has errors and is not loaded");
    }

    private static AnalysisResult Analyze(Analyzer analyzer, string[] words, string dialect) => dialect switch
    {
        "argv" => analyzer.AnalyzeArgv(words),
        "psql" => analyzer.AnalyzeSql(string.Join(' ', words), SqlDialect.PostgreSql),
        "mysql" => analyzer.AnalyzeSql(string.Join(' ', words), SqlDialect.MySql),
        "sh" => analyzer.AnalyzeShell(string.Join(' ', words), ShellDialect.Posix),
        _ => analyzer.AnalyzeShell(string.Join(' ', words), ShellDialect.Bash),
    };

    /// <summary>Now, logged in with a key and a code, in a session that just began, with nothing counted yet.</summary>
    private static PolicyContext Circumstances(string? from, string? reason)
    {
        IPAddress? source = null;
        if (from is not null && !IPAddress.TryParse(from, out source))
        {
            throw new CommandFailedException($"`{from}` is not an address", ExitCodes.Usage);
        }

        return new PolicyContext
        {
            Time = TimeProvider.System.GetUtcNow(),
            Login = LoginMethods.PublicKey | LoginMethods.Totp,
            Source = source,
            Reason = reason,
            Ticket = reason,
            Coverage = 1,
            Counts = new FixedCounts(0),
        };
    }

    private static PolicyAnswer Ask(
        string directory, string person, string? target, string? account, PolicyContext context,
        AnalysisResult analysis)
    {
        if (target is null)
        {
            throw new CommandFailedException("`--as` needs `--target`: a decision is about one target",
                ExitCodes.Usage);
        }

        PolicySnapshot policy = PolicyCommands.Load(directory, Console.Error);
        var principal = new PolicyPrincipal(person);
        Access access = policy.AccessTo(principal, target, account, context);
        if (access.Connection is not { } connection)
        {
            return new PolicyAnswer(person, target, account, access.Decision);
        }

        var request = new PolicyRequest
        {
            Principal = principal,
            Target = connection.Target,
            Account = connection.Account,
            Action = PolicyAction.Exec,
            Effects = PolicyQuestion.EffectsOf(analysis.Effects),
            Context = context with { AwaitsOpening = access.AwaitsOpening },
        };
        return new PolicyAnswer(person, connection.Target, connection.Account, policy.Decide(request))
        {
            ByRole = PolicyExplain.ByRole(policy, request),
        };
    }
}

/// <summary>What the policy said, and about whom and where.</summary>
internal sealed record PolicyAnswer(string Person, string Target, string? Account, Decision Decision)
{
    /// <summary>The same act by holders of each role alone.</summary>
    public IReadOnlyList<RoleVerdict> ByRole { get; init; } = [];
}
