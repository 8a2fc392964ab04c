using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;
using Bastion.Benchmarks.Audit;
using Bastion.Benchmarks.Reports;

if (args is ["year", var directory, var records])
{
    await YearReport.RunAsync(directory, long.Parse(records, System.Globalization.CultureInfo.InvariantCulture));
    return;
}

if (args is ["sustained", var data, var seconds, var sessions])
{
    await SustainedLoad.RunAsync(
        data, int.Parse(seconds, System.Globalization.CultureInfo.InvariantCulture),
        int.Parse(sessions, System.Globalization.CultureInfo.InvariantCulture));
    return;
}

// dotnet run -c Release --project tests/Bastion.Benchmarks -- --filter '*Codec*'
// In this process, because the solution's output layout is not the one BenchmarkDotNet's own projects expect.
ManualConfig config = ManualConfig.CreateEmpty()
    .AddJob(Job.ShortRun.WithToolchain(InProcessEmitToolchain.Instance))
    .AddDiagnoser(MemoryDiagnoser.Default)
    .AddColumnProvider(DefaultColumnProviders.Instance)
    .AddExporter(MarkdownExporter.GitHub)
    .AddLogger(ConsoleLogger.Default);
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args, config);
