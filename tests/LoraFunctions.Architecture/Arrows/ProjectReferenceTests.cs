using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.Arrows;

/// <summary>The arrows between the projects: who may refer to whom, and which packages belong to whom.</summary>
public sealed class ProjectReferenceTests
{
    private const string Functions = Repository.FunctionsProject;
    private const string Pipeline = "LoraFunctions.Pipeline";
    private const string Contracts = "LoraFunctions.Contracts";
    private const string Jobs = "LoraFunctions.Jobs";
    private const string Imaging = "LoraFunctions.Imaging";
    private const string Diffusion = "LoraFunctions.Diffusion";
    private const string Worker = "LoraFunctions.Worker";
    private const string Cli = "LoraFunctions.Cli";
    private const string Showroom = "LoraFunctions.Showroom";

    private static readonly Dictionary<string, string[]> Arrows = new()
    {
        [Functions] = [Pipeline],
        [Contracts] = [],
        [Pipeline] = [Contracts, Imaging],
        [Jobs] = [Contracts, Diffusion, Imaging],
        [Imaging] = [],
        [Diffusion] = [],
        [Worker] = [Contracts, Pipeline, Jobs],
        [Showroom] = [Imaging, Diffusion],
        [Cli] = [Contracts, Pipeline, Jobs, Imaging, Diffusion, Worker, Showroom],
    };

    /// <summary>Packages by the beginning of their id, and the only source projects that may refer to them.</summary>
    private static readonly Dictionary<string, string[]> Owners = new()
    {
        ["TorchSharp"] = [Diffusion],
        ["libtorch"] = [Diffusion],
        ["Microsoft.ML.Tokenizers"] = [Diffusion],
        ["SkiaSharp"] = [],
        ["SixLabors."] = [Imaging],
        ["Azure."] = [Pipeline, Worker, Cli],
        ["Microsoft.Azure."] = [Functions, Cli],
        ["Microsoft.DurableTask."] = [Pipeline, Cli],
        ["Spectre.Console"] = [Cli],
        ["System.CommandLine"] = [Cli],
    };

    public static TheoryData<string> SourceProjects => [.. ProjectFile.Sources.Select(project => project.Name)];

    [Fact]
    public void SourceProjects_AreThoseOfTheHouse() =>
        ProjectFile.Sources.Select(project => project.Name).ShouldBe(Arrows.Keys, ignoreOrder: true);

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void ProjectReferences_FollowTheArrows(string name) =>
        ProjectFile.Named(name).Projects.Except(Arrows[name]).ShouldBeEmpty($"{name} refers to a project no arrow leads to");

    /// <summary>These tests come after its build, to read what it emitted; that is no reference to its assembly.</summary>
    [Fact]
    public void FunctionsApp_IsReferredToByNobody() =>
        ProjectFile.All.Where(project => project.Projects.Contains(Functions) && project.Name != "LoraFunctions.Architecture").Select(project => project.Path).ShouldBeEmpty();

    [Theory]
    [InlineData(Functions)]
    [InlineData(Contracts)]
    [InlineData(Pipeline)]
    [InlineData(Imaging)]
    public void Torch_IsOutOfReach(string name) =>
        ProjectFile.Named(name).Closure().SelectMany(project => project.Packages)
            .Where(package => package.Contains("torch", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();

    [Theory]
    [InlineData(Contracts)]
    [InlineData(Diffusion)]
    [InlineData(Jobs)]
    [InlineData(Imaging)]
    [InlineData(Showroom)]
    public void Azure_IsOutOfReach(string name) =>
        ProjectFile.Named(name).Closure().SelectMany(project => project.Packages)
            .Where(package => package.StartsWith("Azure.", StringComparison.Ordinal) || package.StartsWith("Microsoft.Azure.", StringComparison.Ordinal))
            .ShouldBeEmpty();

    [Theory]
    [MemberData(nameof(SourceProjects))]
    public void Packages_AreReferredToByTheirOwnersOnly(string name)
    {
        var strays =
            from package in ProjectFile.Named(name).Packages
            from owner in Owners
            where package.StartsWith(owner.Key, StringComparison.Ordinal) && !owner.Value.Contains(name)
            select $"{package} belongs to {string.Join(", ", owner.Value)}";
        strays.ShouldBeEmpty();
    }

    [Fact]
    public void PackageVersions_StandInOnePlace() =>
        ProjectFile.All
            .Where(project => System.Xml.Linq.XDocument.Parse(Repository.Read(project.Path)).Descendants()
                .Any(node => node.Name.LocalName == "PackageReference" && (node.Attribute("Version") ?? node.Attribute("VersionOverride")) is not null))
            .Select(project => project.Path)
            .ShouldBeEmpty("versions belong in Directory.Packages.props");
}
