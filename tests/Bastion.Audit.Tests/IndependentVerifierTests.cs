using System.Diagnostics;
using Bastion.Audit.Notes;
using Bastion.Audit.Receipts;
using Bastion.Audit.Records;

namespace Bastion.Audit.Tests;

/// <summary>What the gateway writes, read by the Python verifier that shares no code with it.</summary>
public sealed class IndependentVerifierTests : IDisposable
{
    private readonly TestDirectory _directory = new();
    private readonly Ed25519NoteSigner _signer = Ed25519NoteSigner.Generate("bastion.test/journal");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task The_python_verifier_agrees_on_a_whole_journal_and_finds_what_was_changed()
    {
        await WriteAsync();
        (int code, string output) = await RunAsync();
        Assert.True(code == 0, output);
        Assert.Contains("7 recordings", output, StringComparison.Ordinal);

        string records = Directory.GetFiles(_directory.Segments, "*.records").Order(StringComparer.Ordinal).Last();
        byte[] bytes = await File.ReadAllBytesAsync(records);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(records, bytes);
        (code, output) = await RunAsync();
        Assert.Equal(1, code);
        Assert.Contains("is not what was written", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_python_verifier_finds_a_journal_rolled_back_behind_a_receipt()
    {
        Receipt receipt = await WriteAsync();
        string file = Path.Combine(_directory.Path, "receipts.tlog-proof");
        await File.WriteAllTextAsync(file, $"{receipt}\n{receipt}");
        (int code, string output) = await RunAsync("--receipt", file);
        Assert.True(code == 0, output);

        // A journal that never was shown to anyone, signed with the same key.
        Directory.Delete(_directory.Journal, recursive: true);
        Directory.Delete(_directory.Recordings, recursive: true);
        await (await Journal.OpenAsync(_directory.Path, new JournalOptions { Signer = _signer })).DisposeAsync();
        (code, output) = await RunAsync("--receipt", file);
        Assert.Equal(1, code);
        Assert.Contains("was shown elsewhere", output, StringComparison.Ordinal);
    }

    private async Task<Receipt> WriteAsync()
    {
        await using Journal journal = await Journal.OpenAsync(_directory.Path, new JournalOptions
        {
            Signer = _signer,
            SegmentBytes = 5000,
        });
        for (int index = 0; index < 7; index++)
        {
            await SampleJournal.AppendSessionAsync(journal, _directory.Path, $"s{index}");
        }

        foreach (PeerText hostile in (PeerText[])[
            new byte[] { 0xFF, 0x00, (byte)'\n' }, "a\nb\u001b[2J\u009b\u202e\u2028\"\\", new string('x', 50_000),
            new byte[40_000], "", "😀漢é"])
        {
            await journal.AppendAsync(SampleJournal.Decided("s1", hostile));
        }

        Ed25519NoteSigner first = _signer;
        JournalPosition position = await journal.AppendAsync(SampleJournal.Decided("s1", "rm -rf /srv"));
        Receipt receipt = await journal.ReceiptAsync(position.Sequence);
        Assert.Null(receipt.Fault(first.VerifierKey));
        await journal.RotateKeyAsync(Ed25519NoteSigner.Generate(first.VerifierKey.Name));
        return receipt;
    }

    private async Task<(int Code, string Output)> RunAsync(params string[] arguments)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "verify_journal.py");
        using Process process = Process.Start(new ProcessStartInfo("python3")
        {
            ArgumentList = { script, _directory.Path, "--key", _signer.VerifierKey.ToString() },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }.With(arguments))!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }
}

internal static class ProcessArguments
{
    public static ProcessStartInfo With(this ProcessStartInfo info, IEnumerable<string> arguments)
    {
        foreach (string argument in arguments)
        {
            info.ArgumentList.Add(argument);
        }

        return info;
    }
}
