namespace Bastion.Fuzz;

/// <summary>A short round with a fixed seed, and everything that longer ones have found.</summary>
public class FuzzTests
{
    /// <summary>Inputs a harness; all together some seconds.</summary>
    private const int Inputs = 200;

    public static TheoryData<string> Names() => [.. Harness.All().Select(harness => harness.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task A_short_round_finds_nothing(string name)
    {
        Harness harness = Named(name);
        Finding? finding = await Task.Run(() => new FuzzRound(harness, seed: 1).Run(TimeSpan.FromSeconds(5), Inputs))
            .WaitAsync(FuzzRound.TooLong * 3);
        Assert.True(finding is null, finding is null
            ? ""
            : $"{Convert.ToBase64String(finding.Input)}\n{finding.Problem}");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task What_was_found_once_holds_now(string name)
    {
        Harness harness = Named(name);
        string directory = Path.Combine(AppContext.BaseDirectory, "Findings", name);
        foreach (string file in Directory.Exists(directory) ? Directory.GetFiles(directory) : [])
        {
            byte[] input = File.ReadAllBytes(file);
            await Task.Run(() => harness.Try(input)).WaitAsync(FuzzRound.TooLong);
        }
    }

    private static Harness Named(string name) => Harness.All().First(harness => harness.Name == name);
}
