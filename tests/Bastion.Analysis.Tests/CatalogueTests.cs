namespace Bastion.Analysis.Tests;

public class CatalogueTests
{
    [Fact]
    public void Every_built_in_entry_is_well_formed() =>
    Assert.Empty(Catalogue.BuiltIn.Check().Select(error => error.ToString()));

    [Fact]
    public void A_version_in_the_name_is_looked_past()
    {
        Assert.NotNull(Catalogue.BuiltIn.Find("bash5.2"));
        Assert.NotNull(Catalogue.BuiltIn.Find("rm.exe"));
        Assert.Null(Catalogue.BuiltIn.Find("no-such-program-7"));
    }

    [Fact]
    public void A_mistake_is_reported_with_its_place_and_what_was_expected()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, "own.yaml"),
                "# ours\nwipe-all:\n  effects:\n    - { effect: file.dlete, objects: operands }\n");
            Catalogue.Load(directory.FullName, out IReadOnlyList<CatalogueError>? errors);
            CatalogueError error = Assert.Single(errors);
            Assert.Equal((4, 17), (error.Line, error.Column));
            Assert.Contains("`file.dlete` is no effect; expected one of file.delete", error.Message,
                StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void An_entry_of_a_policy_folder_replaces_the_built_in_one()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory();
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, "own.yaml"),
                "rm:\n  effects:\n    - { effect: data.export }\n");
            var catalogue = Catalogue.Load(directory.FullName, out IReadOnlyList<CatalogueError>? errors);
            Assert.Empty(errors);
            Assert.Equal(EffectKind.DataExport, catalogue.Find("rm")!.Root.Effects.Single().Kind);
            Assert.NotEqual(EffectKind.DataExport, catalogue.Find("grm")!.Root.Effects[0].Kind);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
