using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Shouldly;
using Xunit;

namespace LoraFunctions.Architecture.Arrows;

/// <summary>The arrows in what was built: assemblies by their references, types by what they depend on.</summary>
public sealed class AssemblyTests
{
    private static readonly string[] BuiltProjects =
    [
        "LoraFunctions.Contracts", "LoraFunctions.Pipeline", "LoraFunctions.Jobs", "LoraFunctions.Imaging", "LoraFunctions.Diffusion",
        "LoraFunctions.Worker", "LoraFunctions.Showroom", "lora",
    ];

    private static readonly Lazy<IReadOnlyList<System.Reflection.Assembly>> Built =
        new(() => [.. BuiltProjects.Select(name => System.Reflection.Assembly.LoadFrom(Path.Combine(AppContext.BaseDirectory, name + ".dll")))]);

    private static readonly Lazy<ArchUnitNET.Domain.Architecture> House = new(() => new ArchLoader().LoadAssemblies([.. Built.Value]).Build());

    [Theory]
    [InlineData("LoraFunctions.Contracts", "TorchSharp|Azure.|SkiaSharp|SixLabors|LoraFunctions.")]
    [InlineData("LoraFunctions.Pipeline", "TorchSharp|SkiaSharp|LoraFunctions.Jobs|LoraFunctions.Diffusion|Microsoft.Azure|Microsoft.DurableTask.Worker|DurableTask.AzureStorage")]
    [InlineData("LoraFunctions.Jobs", "Azure.|SkiaSharp|SixLabors|LoraFunctions.Pipeline|LoraFunctions.Worker")]
    [InlineData("LoraFunctions.Imaging", "TorchSharp|Azure.|LoraFunctions.")]
    [InlineData("LoraFunctions.Diffusion", "Azure.|SkiaSharp|SixLabors|LoraFunctions.")]
    [InlineData("LoraFunctions.Showroom", "Azure.|SkiaSharp|SixLabors|LoraFunctions.Pipeline|LoraFunctions.Jobs")]
    [InlineData("LoraFunctions.Worker", "SkiaSharp|SixLabors|LoraFunctions.Showroom")]
    [InlineData("lora", "SkiaSharp|SixLabors")]
    public void Assembly_DoesNotReferTo(string assembly, string forbidden) =>
        Built.Value.Single(built => built.GetName().Name == assembly).GetReferencedAssemblies()
            .Select(reference => reference.Name!)
            .Where(name => forbidden.Split('|').Any(beginning => name.StartsWith(beginning, StringComparison.Ordinal)))
            .ShouldBeEmpty();

    [Fact]
    public void TypesOfTheImageLibrary_AreMetInCodecsOnly() =>
        DependentsOn("SkiaSharp", "SixLabors")
            .Where(type => !type.FullName.StartsWith("LoraFunctions.Imaging.Codecs.", StringComparison.Ordinal))
            .Select(type => type.FullName)
            .ShouldBeEmpty();

    [Fact]
    public void TypesOfTheImageLibrary_AreMetInCodecs() =>
        DependentsOn("SkiaSharp", "SixLabors").ShouldNotBeEmpty("the check above would hold for anything");

    [Fact]
    public void Orchestrators_KnowNoStorage() =>
        House.Value.Types
            .Where(type => type.Name.EndsWith("Orchestrator", StringComparison.Ordinal))
            .SelectMany(type => type.Dependencies.Select(dependency => (type, Target: dependency.Target.FullName)))
            .Where(pair => pair.Target.StartsWith("Azure.", StringComparison.Ordinal)
                || pair.Target.StartsWith("System.IO.", StringComparison.Ordinal)
                || pair.Target.StartsWith("System.Net.", StringComparison.Ordinal))
            .Select(pair => $"{pair.type.FullName} -> {pair.Target}")
            .ShouldBeEmpty("an orchestrator is a function of its input and of what the context gives back");

    private static IEnumerable<IType> DependentsOn(params string[] namespaces) =>
        House.Value.Types.Where(type => type.Dependencies.Any(dependency =>
            namespaces.Any(name => dependency.Target.FullName.StartsWith(name + ".", StringComparison.Ordinal))));
}
