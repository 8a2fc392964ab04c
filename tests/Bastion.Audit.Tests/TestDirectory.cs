namespace Bastion.Audit.Tests;

/// <summary>A directory that is gone after the test.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("bastion-audit-").FullName;

    public string Journal => System.IO.Path.Combine(Path, "journal");

    public string Segments => System.IO.Path.Combine(Journal, "segments");

    public string Recordings => System.IO.Path.Combine(Path, "recordings");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
