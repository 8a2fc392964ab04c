using System.Runtime.Versioning;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Bastion.EndToEnd;

/// <summary>A gateway that ships to a stock syslog server and to a file, with what the command line says of
/// it.</summary>
[UnsupportedOSPlatform("windows")]
public partial class ShippingTests
{
    [Fact]
    public async Task Every_record_reaches_a_stock_syslog_over_tls_also_what_happened_while_it_was_down()
    {
        await using var syslog = new Rsyslog();
        await syslog.StartAsync();
        await using StockSshd target = await StockSshd.StartAsync();
        await using RealGateway gateway = await RealGateway.StartAsync(target, further: $$"""

            ship:
              soc: {kind: syslog, host: localhost, port: {{syslog.Port}}, ca-file: {{syslog.AuthorityFile}}}
              lines: {kind: file, directory: {{syslog.Folder}}/lines}

            """);
        Assert.Equal(0, (await gateway.SshAsync("echo 'one'; printf 'a\\nb'")).ExitCode);
        await ShippedAsync(gateway);

        await syslog.StopAsync();
        Assert.Equal(0, (await gateway.SshAsync("echo two")).ExitCode);
        await StatusAsync(gateway, status => status.Contains("soc", StringComparison.Ordinal)
            && status.Contains("failing since", StringComparison.Ordinal), wanted: 1);
        await syslog.StartAsync();
        await ShippedAsync(gateway);
        await syslog.StopAsync();

        IReadOnlyList<JsonElement> records = await RecordsAsync(gateway);
        string[] received = await File.ReadAllLinesAsync(syslog.Received);
        var messages = received.Select(line => Message().Match(line)).Where(match => match.Success)
            .GroupBy(match => long.Parse(match.Groups["seq"].Value, null))
            .ToDictionary(group => group.Key, group => group.First().Groups["record"].Value);
        Assert.Equal("", string.Join('\n', received.Where(line => !Message().IsMatch(line))));
        foreach (JsonElement record in records)
        {
            Assert.True(messages.TryGetValue(record.GetProperty("seq").GetInt64(), out string? message),
                $"record {record} did not arrive");
            Assert.Equal(record.GetRawText(), message!.TrimStart('\ufeff', ' '));
        }

        long[] lines = [.. Directory.GetFiles(Path.Combine(syslog.Folder, "lines")).SelectMany(File.ReadAllLines)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("event").GetProperty("sequence")
            .GetInt64())];
        Assert.Equal(records.Select(record => record.GetProperty("seq").GetInt64()), lines.Take(records.Count));
    }

    [Fact]
    public async Task Mistakes_in_the_configuration_are_named_with_file_line_and_column()
    {
        string directory = Directory.CreateTempSubdirectory("bastion-config-").FullName;
        try
        {
            string file = Path.Combine(directory, "bastion.yaml");
            await File.WriteAllTextAsync(file, """
                data: data
                policies: policies
                ship:
                  si em: {kind: file, directory: x}
                  a: {kind: kafka}
                  b: {kind: elasticsearch, url: "http://elastic.example.com:9200", api-key-file: k}
                archive:
                  c: {region: x}
                retention:
                  days: 90

                """);
            ProgramResult refused = await Programs.BastionAsync("ship", "status", "--config", file);
            Assert.Equal(1, refused.ExitCode);
            Assert.Equal("", refused.Output);
            string[] wanted = [":4:3: `si em`", ":5:13: `kafka`", ":6:33: a secret would be sent in the clear",
                ":8:6: `c` needs a `bucket`", ":10:9: less than 180 days"];
            string[] lines = refused.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(wanted.Length, lines.Length);
            Assert.All(wanted.Zip(lines),
                pair => Assert.StartsWith($"bastion: {file}{pair.First}", pair.Second, StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [GeneratedRegex("""^1(0[4-9]|1[01]) bastion [a-z.-]+ \[bastion@32473 id="bastion-\d{12}-[0-9a-f]{16}" seq="(?<seq>\d+)".*\]\s*(?<record>\ufeff?\{.*\})$""")]
    private static partial Regex Message();

    private static Task ShippedAsync(RealGateway gateway) =>
        StatusAsync(gateway,
        status => status.Split('\n').Count(line => line.Contains("no lag", StringComparison.Ordinal)) == 2, wanted: 0);

    /// <summary>Asks as a person would, until it says so.</summary>
    private static async Task StatusAsync(RealGateway gateway, Func<string, bool> said, int wanted)
    {
        using var deadline = new CancellationTokenSource(Programs.Deadline);
        while (true)
        {
            ProgramResult status = await Programs.BastionAsync("ship", "status", "--config", gateway.Configuration);
            if (said(status.Output) && status.ExitCode == wanted)
            {
                return;
            }

            Assert.False(deadline.IsCancellationRequested, status.ToString());
        }
    }

    private static async Task<IReadOnlyList<JsonElement>> RecordsAsync(RealGateway gateway)
    {
        ProgramResult shown =
            await Programs.BastionAsync("audit", "show", "--data", Path.Combine(gateway.Folder, "data"), "--json");
        return [.. shown.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
