using System.Text;
using LoraFunctions.Pipeline.Comparisons;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

public sealed class BrandSafetyTests
{
    [Fact]
    public void Objection_MakeOrModelIsNamed_SaysWhere()
    {
        var safety = Read("never_render:\n  makes: [Rival Motors]\n  models: [own-concept-x]\n");

        safety.Objection("rival-motors-1", "RIVAL  motors").ShouldBe("RIVAL  motors is in never_render.makes of brand-safety.yaml");
        safety.Objection("own-concept-x", "Own").ShouldBe("own-concept-x is in never_render.models of brand-safety.yaml");
        safety.Objection("own-model-y", "Own").ShouldBeNull();
    }

    [Fact]
    public void Read_Errors_AreNamedTogether() =>
        Should.Throw<InvalidJobInputException>(() => Read("never_render:\n  make: [x]\n  models: [Own X]\nother: 1\n")).Problems.ShouldBe(
        [
            "brand-safety.yaml:2: never_render.make: unknown key. Did you mean 'makes'? Known are: makes, models.",
            "brand-safety.yaml:4: other: unknown key. Known are: never_render.",
            "brand-safety.yaml:3: never_render.models: 'Own X' is no model key: lower-case letters, digits and '-', e.g. 'own-x'.",
        ]);

    [Fact]
    public void Read_EmptyFile_NamesNothing() => Read("# nothing\n").Objection("a", "b").ShouldBeNull();

    private static BrandSafety Read(string text) => BrandSafety.Read("brand-safety.yaml", Encoding.UTF8.GetBytes(text));
}
