using System.Text;
using LoraFunctions.Pipeline.Comparisons;

namespace LoraFunctions.Pipeline.Tests.Comparisons;

public sealed class BrandSafetyTests
{
    [Fact]
    public void Objection_MakeOrModelIsNamed_SaysWhere()
    {
        var safety = Read("never_render:\n  makes: [Rival Motors]\n  models: [own-concept-x]\n");

        safety.Objection("rival-motors-1", "RIVAL  motors", "RIVAL One").ShouldBe("RIVAL  motors is in never_render.makes of brand-safety.yaml");
        safety.Objection("own-concept-x", "Own", "Own X").ShouldBe("own-concept-x is in never_render.models of brand-safety.yaml");
        safety.Objection("own-model-y", "Own", "Own Y").ShouldBeNull();
    }

    [Fact]
    public void Read_Errors_AreNamedTogether() =>
        Should.Throw<InvalidJobInputException>(() => Read("never_render:\n  make: [x]\n  models: [Own X]\nother: 1\n")).Problems.ShouldBe(
        [
            "brand-safety.yaml:2: never_render.make: unknown key. Did you mean 'makes'? Known are: makes, models, words.",
            "brand-safety.yaml:4: other: unknown key. Known are: never_render.",
            "brand-safety.yaml:3: never_render.models: 'Own X' is no model key: lower-case letters, digits and '-', e.g. 'own-x'.",
        ]);

    [Theory]
    [InlineData("a Tesla car", "tesla")]
    [InlineData("T\u0435sl\u0430 on a street", "tesla")] // Cyrillic e and a
    [InlineData("ＴＥＳＬＡ", "tesla")]
    [InlineData("té-slâ", "tesla")]
    [InlineData("T e s l a", "tesla")]
    [InlineData("(te:1.2)sla", "tesla")]
    [InlineData("a \\(tes\\)la", "tesla")]
    [InlineData("te\u200bsla", "tesla")]
    [InlineData("t3s1a", "tesla")]
    [InlineData("megateslacoil", "tesla")]
    [InlineData("a KIA!", "kia")]
    [InlineData("in Slovakia", null)]
    [InlineData("the model\u00a0q, red", "Model Q")]
    [InlineData("a quiet model", null)]
    [InlineData("a blue car (from the left:1.2)", null)]
    public void Words_HoweverTheyAreWritten_AreFound(string text, string? word) =>
        new BlockedWords(["tesla", "kia", "Model Q"]).FindIn(text).ShouldBe(word);

    [Fact]
    public void ThrowIfBlocked_PromptsAndScenes_NamesEachWithItsRule()
    {
        var configuration = ComparisonsReader.Read("comparisons.yaml", Encoding.UTF8.GetBytes("""
            seeds: [1]
            scenes: {city: a city with a ΤESLA, night: night}
            templates:
              both: {prompt: "{left} {right} {scene} k.i.a", car_prompt: "{car} <lora:{lora}:{strength}>"}
            rule: {}
            """));

        Should.Throw<InvalidJobInputException>(() => Read("never_render: {words: [tesla, kia]}").ThrowIfBlocked(configuration)).Problems.ShouldBe(
        [
            "scenes.city of comparisons.yaml holds 'tesla' of never_render.words in brand-safety.yaml: \"a city with a ΤESLA\". Take it out of one of them.",
            "templates.both.prompt of comparisons.yaml holds 'kia' of never_render.words in brand-safety.yaml: \"{left} {right} {scene} k.i.a\". Take it "
                + "out of one of them.",
        ]);
        Read("never_render: {words: [tesla]}").Objection("own-y", "Own", "Own Теsla").ShouldBe("'Own Теsla' holds 'tesla' of never_render.words in brand-safety.yaml");
    }

    [Fact]
    public void Read_EmptyFile_NamesNothing() => Read("# nothing\n").Objection("a", "b", "c").ShouldBeNull();

    private static BrandSafety Read(string text) => BrandSafety.Read("brand-safety.yaml", Encoding.UTF8.GetBytes(text));
}
