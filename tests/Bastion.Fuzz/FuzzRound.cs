using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Security.Cryptography;

namespace Bastion.Fuzz;

/// <summary>Some time of trying with one harness. Without the clock's limit it is the same for the same seed.</summary>
internal sealed class FuzzRound(Harness harness, ulong seed)
{
    /// <summary>Inputs kept because they behaved in a new way.</summary>
    private const int MaximumCorpus = 4_000;

    /// <summary>No input of this length may take longer, on whatever machine.</summary>
    public static readonly TimeSpan TooLong = TimeSpan.FromSeconds(10);

    private readonly List<byte[]> _corpus = [.. harness.Seeds];
    private readonly HashSet<int> _behaviours = [];

    public long Tried { get; private set; }

    public int Kept => _corpus.Count;

    /// <summary>Tries until the time is over or <paramref name="most"/> inputs were tried; null, or the first input
    /// that broke something.</summary>
    public Finding? Run(TimeSpan time, long most = long.MaxValue)
    {
        using var trace = InputTrace.Open(harness.Name);
        var mutator = new Mutator(harness, new Dice(seed));
        long started = Stopwatch.GetTimestamp();
        foreach (byte[] input in harness.Seeds)
        {
            if (TryOne(input, trace) is { } finding)
            {
                return finding;
            }
        }

        for (Tried = 0; Tried < most && Stopwatch.GetElapsedTime(started) < time; Tried++)
        {
            byte[] input = mutator.Change(_corpus);
            if (TryOne(input, trace) is { } finding)
            {
                return finding;
            }
        }

        return null;
    }

    private Finding? TryOne(byte[] input, InputTrace trace)
    {
        trace.Note(input);
        long started = Stopwatch.GetTimestamp();
        try
        {
            if (_behaviours.Add(harness.Try(input)) && _corpus.Count < MaximumCorpus)
            {
                _corpus.Add(input);
            }
        }
        // Whatever comes out is what is being looked for.
        catch (Exception e)
        {
            return new Finding(harness.Name, input, e.ToString());
        }

        TimeSpan took = Stopwatch.GetElapsedTime(started);
        return took > TooLong ? new Finding(harness.Name, input, $"took {took}") : null;
    }
}

internal sealed record Finding(string Harness, byte[] Input, string Problem)
{
    /// <summary>Keeps the input where the tests look for it.</summary>
    public string Save(string directory)
    {
        string place = Path.Combine(directory, Harness);
        Directory.CreateDirectory(place);
        string file = Path.Combine(place, Convert.ToHexStringLower(SHA256.HashData(Input))[..12]);
        File.WriteAllBytes(file, Input);
        return file;
    }
}

/// <summary>The input being tried, in a file that outlives a process whose stack has run over.</summary>
internal sealed class InputTrace : IDisposable
{
    private const int Size = 64 * 1024;

    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    private InputTrace(MemoryMappedFile file)
    {
        this._file = file;
        _view = file.CreateViewAccessor(0, Size);
    }

    public static string PathFor(string harness) =>
        Path.Combine(Path.GetTempPath(), $"bastion-fuzz-{Environment.ProcessId}-{harness}");

    public static InputTrace Open(string harness) =>
        new(MemoryMappedFile.CreateFromFile(PathFor(harness), FileMode.Create, null, Size));

    public void Note(byte[] input)
    {
        _view.Write(0, input.Length);
        _view.WriteArray(sizeof(int), input, 0, Math.Min(input.Length, Size - sizeof(int)));
    }

    /// <summary>A process that ends in order leaves nothing behind.</summary>
    public void Dispose()
    {
        string[] name = Directory.GetFiles(Path.GetTempPath(), $"bastion-fuzz-{Environment.ProcessId}-*");
        _view.Dispose();
        _file.Dispose();
        foreach (string left in name)
        {
            File.Delete(left);
        }
    }
}
