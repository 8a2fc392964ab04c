using Bastion.Audit.Storage;

namespace Bastion.Audit;

/// <summary>An open file and the name under which others will look for what is written to it.</summary>
internal sealed class PlacedFile : IDisposable
{
    private readonly IFileSystem _files;
    private readonly string _place;

    private PlacedFile(IFileSystem files, string place, IFile file)
    {
        _files = files;
        _place = place;
        File = file;
    }

    public IFile File { get; }

    /// <summary>Null when the name leads to the file; else the name. Also when the file is closed, and from any
    /// thread.</summary>
    public string? Misplaced => _files.IsAt(File, _place) ? null : _place;

    public static PlacedFile Create(IFileSystem files, string place) => new(files, place, files.Create(place));

    public static PlacedFile OpenOrCreate(IFileSystem files, string place) =>
        files.FileExists(place) ? new PlacedFile(files, place, files.Open(place)) : Create(files, place);

    public void Dispose() => File.Dispose();
}
