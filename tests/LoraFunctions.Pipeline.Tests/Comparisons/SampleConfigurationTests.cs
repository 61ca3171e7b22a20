using LoraFunctions.Pipeline.Comparisons;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

/// <summary>What lies in <c>infra/config</c> is what people start from.</summary>
public sealed class SampleConfigurationTests
{
    [Fact]
    public void Comparisons_Sample_IsValid()
    {
        var configuration = ComparisonsReader.Read("comparisons.yaml", Sample("comparisons.yaml"));

        configuration.Scenes.Select(s => s.Name).ShouldBe(["city-street", "night", "rain", "driving-fast", "studio"]);
        configuration.Rule.ShouldNotBeNull();
        var template = configuration.Templates[configuration.DefaultTemplate];
        template.LoraStrength.ShouldBeInRange(0.6, 0.9);
        template.NegativePrompt.ShouldBe(ComparisonDefaults.NegativePrompt);
    }

    [Fact]
    public void BrandSafety_Sample_IsValid() => BrandSafety.Read("brand-safety.yaml", Sample("brand-safety.yaml")).Makes.ShouldBeEmpty();

    private static byte[] Sample(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "config", name));
}
